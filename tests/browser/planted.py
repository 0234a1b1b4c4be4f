"""Each check sees the fault that it is there for: one is put into the pages on their way, and must be found.

Never a fault in the daemon: what it sends is changed between it and the browser.
"""

import contextlib

from accessible import violations
from browser import Reader, unwell
from disguised import PAGE, open_alone
from injections import Inspector, made_of
from keyboard import reach
from pages import crawl
from people import sign_in
from timing import measure, observe, slow

ALERT = "<script>alert(1)</script>"
BUSY = "const end = performance.now() + 600; while (performance.now() < end);"


def swap(old, new):
    """Changes the first place in what is sent; that there is one is a part of the test."""

    def change(body, headers):
        if old not in body:
            raise RuntimeError(f"there is no {old!r} to plant a fault in")
        return body.replace(old, new, 1), headers

    return change


def before_heading(html):
    return swap("<h1", html + "<h1")


def without_policy(body, headers):
    return before_heading(ALERT)(body, headers | {"content-security-policy": ""})


def as_page(_body, headers):
    """The archived bytes are a page, and nothing says that they are to be downloaded."""
    kept = {name: value for name, value in headers.items() if not name.startswith("content-")}
    return PAGE.decode(), kept | {"content-type": "text/html"}


def is_busy(_body, headers):
    return BUSY, headers | {"content-type": "text/javascript"}


@contextlib.contextmanager
def planted(page, pattern, change):
    def on_its_way(route):
        answer = route.fetch()
        body, headers = change(answer.body().decode("utf-8", "replace"), answer.headers)
        route.fulfill(status=200, headers=headers, body=body)

    page.route(pattern, on_its_way)
    yield
    page.unroute(pattern)


def plants(reader, photo, project):
    """What is changed where, which check must see it, and in which words."""
    page = reader.page

    def opened(check=lambda page: page.wait_for_timeout(200)):
        def look():
            reader.open(photo)
            return check(page) or []

        return look

    reader.open(photo)
    inspector, address = Inspector(reader, made_of(page)), "**" + photo
    reader.open(project)
    name = page.locator("h1").inner_text()
    axe, keys, looks, itself = opened(lambda page: list(violations(page))), opened(reach), opened(unwell), opened()
    original = f"/api/v1{photo}/original"
    yield address, swap('alt="The photo', 'data-alt="The photo'), axe, "axe: image-alt"
    yield address, before_heading("<input>"), axe, "axe: label"
    yield address, swap('<html lang="en">', "<html>"), axe, "axe: html-has-lang"
    yield "**/*.css*", swap("--quiet: #", "--quiet: #c0bfbc; --was: #"), axe, "axe: color-contrast"
    yield address, swap("<a rel", '<a tabindex="-1" rel'), keys, "Tab does not reach"
    yield address, swap("<a rel", '<a tabindex="1" rel'), keys, "order of reading"
    yield "**/*.css*", swap(":focus-visible { outline: 2px", ":focus-visible { outline: 0px"), keys, "nothing shows"
    yield address, swap("</header>", "<pre>" + "W" * 900 + "</pre></header>"), looks, "wider than the window:"
    yield address, before_heading("<pre>" + "W" * 900 + "</pre>"), looks, "wider than the window, and cut"
    yield address, swap('<img src="/photos/', '<img src="/photos/no'), looks, "an image that does not show"
    yield address, before_heading("<h1>again</h1>"), looks, "exactly one <h1>"
    yield address, before_heading(ALERT), itself, "the console says error"
    yield address, without_policy, itself, "a dialog opened"
    yield address, before_heading("<img src=//example.com/x.png>"), itself, "asks elsewhere"
    yield address, before_heading("<b x=1>text</b>"), lambda: inspector.look(photo), "became a part of the page"
    yield "**" + project, swap("<h1>", "<h1>an"), lambda: inspector.look(project, name), "heading does not say"
    links = lambda: crawl(reader)[1]
    yield "**/", before_heading('<a href="/projects/999">gone</a>'), links, "answers 404"
    yield "**/", before_heading('<a href="/unheard-of">new</a>'), links, "no page that the tests know"
    yield "**" + original, as_page, lambda: open_alone(reader, original), "a dialog opened"
    yield "**/*.js*", is_busy, lambda: slow("photo", "desk", measure(reader, photo, 1)), "is slow at the desk"


def planted_faults(browser, daemon):
    """The faults that no check saw."""
    unseen = []
    with Reader(browser, daemon.origin, accept_downloads=True) as reader:
        sign_in(reader, daemon)
        pages, _ = crawl(reader)
        observe(reader)
        for pattern, change, check, words in plants(reader, pages["photo"][0], pages["project"][0]):
            reader.faults.clear()
            with planted(reader.page, pattern, change), reader.expecting(404):
                seen = [*(check() or []), *reader.faults]
            if not any(words in fault for fault in seen):
                unseen.append(f"a fault was planted that should be seen as {words!r}; seen was {seen}")
    return unseen
