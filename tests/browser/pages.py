"""Which pages there are: found by following every link from the first page, as a reader would.

Never a list of addresses to keep up to date: a page that nobody knows a name for is a fault, and so is one of the names
to which no link leads.
"""

import re
import urllib.parse

# The name of a page, and its address. Behind `?` may come anything, where a form does not lead to a page of its own by it.
NAMES = {
    "projects": r"/",
    "project": r"/projects/\d+",
    "day": r"/projects/\d+/\d{4}-\d\d-\d\d",
    "newest": r"/photos",
    "photo": r"/photos/[0-9a-f-]+",
    "search": r"/search",
    "map": r"/map",
    "inbox": r"/inbox",
    "delivery": r"/inbox/\d+",
    "audit": r"/audit",
    "audit of a file": r"/audit/file",
    "verification": r"/audit/verify",
    "sample": r"/audit/verify\?.+",
    "audit run": r"/audit/runs/\d+",
    "settings": r"/settings",
}
# What pages link to besides pages.
FILE = r"/(api/v1|downloads|assets)/.*|/photos/[0-9a-f-]+/\d+\.jpg|/audit/runs/\d+/report\.(csv|json)"
# Links that are not asked: within the page, and the one place elsewhere, where Timemark verifies codes.
OTHER = r"#.*|https://verify\.timemark\.com"

LINKS_JS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))"


def name_of(address):
    forms = [(name, form, address if "?" in form else address.partition("?")[0]) for name, form in NAMES.items()]
    found = [name for name, form, path in forms if re.fullmatch(form, path)]
    return found[-1] if found else None


def draw_a_sample(reader):
    """As a person does by the form: its page is linked to from then on."""
    reader.open("/audit/verify")
    reader.page.get_by_role("button", name="Draw a sample").click()
    reader.page.wait_for_url("**/audit/verify?*")


def crawl(reader, each_max=3):
    """Paths by the name of their page, so many of each at most, and the faults found on the way."""
    pages, faults, asked, waiting = {name: [] for name in NAMES}, [], set(), ["/"]
    draw_a_sample(reader)
    while waiting:
        path = waiting.pop(0)
        name = name_of(path)
        if name is None and not re.fullmatch(FILE, path.partition("?")[0]):
            faults.append(f"{path} is linked to, and no page that the tests know")
        if name is None or path in asked or len(pages[name]) >= each_max:
            continue
        asked.add(path)
        answer = reader.open(path)
        if answer.status != 200:
            faults.append(f"{path} is linked to and answers {answer.status}")
            continue
        pages[name].append(path)
        links = [link for link in reader.page.evaluate(LINKS_JS) if not re.fullmatch(OTHER, link)]
        waiting += [urllib.parse.urljoin(path, link) for link in links]
    faults += [f"no link leads to any page of the kind {name!r}" for name, paths in pages.items() if not paths]
    return pages, faults
