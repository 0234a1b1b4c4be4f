"""What axe-core says of every page, in each width and scheme: nothing."""

import functools
import pathlib

import axe_playwright_python
from browser import LOOKS, Reader
from pages import crawl
from people import sign_in, strangers_pages

# The smallest target, 24 pixels by WCAG 2.2 (2.5.8), is the one rule of use here that axe leaves out by itself.
RUN_JS = "() => axe.run({ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })"


@functools.cache
def axe():
    return pathlib.Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(page):
    """What axe finds on the page, each with the rule, its meaning and the elements."""
    page.evaluate(axe())
    for found in page.evaluate(RUN_JS)["violations"]:
        nodes = found["nodes"]
        if found["id"] == "target-size":
            # Circles may lie near each other as their places do: the table beside the map leads to the same photos.
            nodes = [node for node in nodes if 'class="place"' not in node["html"]]
        if nodes:
            where = ", ".join(str(node["target"][0]) for node in nodes[:3])
            yield f"axe: {found['id']} ({found['impact']}), {found['help']}: {len(nodes)} times, as at {where}"


def accessible(browser, daemon):
    """The faults found."""
    faults = []
    with Reader(browser, daemon.origin) as reader:
        sign_in(reader, daemon)
        pages, found = crawl(reader)
        faults += found
    for look in LOOKS:
        if not look.has_script:
            continue
        with Reader(browser, daemon.origin, look) as reader:
            for path in strangers_pages(daemon):
                faults += of_page(reader, path)
            sign_in(reader, daemon)
            for path in sum(pages.values(), []):
                faults += of_page(reader, path)
            faults += reader.faults
    return faults


def of_page(reader, path):
    with reader.expecting(404):
        reader.open(path)
    return [f"{path} at {reader.look}: {words}" for words in violations(reader.page)]
