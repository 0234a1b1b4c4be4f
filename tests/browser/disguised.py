"""Pages and drawings with a script inside that pose as photos: never run when opened from the archive, whether they
were archived or are kept as a sample of what a link gave instead of a photo.
"""

from browser import Look, Reader
from daemon import announcement
from host import png, with_comment
from people import sign_in
from playwright.sync_api import Error

PAGE = b"<!doctype html><html><body><script>alert('ran')</script><img src=x onerror=alert('ran')></body></html>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"


WAIT_SECS = 60
# What begins like an image is archived, whole or not.
ARCHIVED = {
    "page-behind-jpeg-mark.jpg",
    "page-behind-gif-mark.gif",
    "photo-with-page.jpg",
    "photo-before-page.jpg",
    "photo-with-page.png",
}


def disguises(jpeg):
    """Names and bytes."""
    return {
        "page.jpg": PAGE,
        "page-behind-blanks.jpg": b"\n \t" * 100 + PAGE,
        "drawing.svg": DRAWING,
        "drawing.jpg": b"<?xml version='1.0'?>" + DRAWING,
        "page-behind-jpeg-mark.jpg": b"\xff\xd8\xff\xe0" + PAGE,
        "page-behind-gif-mark.gif": b"GIF89a/*" + PAGE + b"*/=alert('ran')",
        "photo-with-page.jpg": with_comment(jpeg, PAGE),
        "photo-before-page.jpg": jpeg + PAGE,
        "photo-with-page.png": png(1)[:-12] + PAGE + png(1)[-12:],
    }


def disguised(browser, daemon, host, jpeg):
    """The faults found."""
    files = disguises(jpeg)
    for number, (name, body) in enumerate(files.items(), start=700):
        # The kind is a lie as well: that of the name would be too easy.
        link = host.serve(f"/{name}", body, "text/html")
        daemon.deliver(announcement(number, link) | {"event_id": name})
    entries = wait(daemon, files)
    faults = [] if runs_elsewhere(browser, host) else ["the disguised page does not even run where pages may"]
    kept = {name for name, entry in entries.items() if entry["photo"]}
    if kept != ARCHIVED:
        faults.append(f"other disguised files than {sorted(ARCHIVED)} are archived: {sorted(kept)}")
    with Reader(browser, daemon.origin, Look(), accept_downloads=True) as reader:
        sign_in(reader, daemon)
        for name, entry in entries.items():
            with reader.expecting(404):
                for address in addresses(entry):
                    open_alone(reader, address)
        faults += reader.faults
    return faults


def wait(daemon, files):
    """The deliveries by name, once all that is no image has been tried, and all that begins like one is archived."""

    def are_tried():
        # What ends too early is fetched twice more before it is archived as it is.
        daemon.archive.hurry()
        found = {entry["event_id"]: entry for entry in daemon.walk("deliveries")}
        well = all(found[name]["photo"] if name in ARCHIVED else found[name]["attempts"] for name in files)
        return found if well else None

    return daemon.until(WAIT_SECS, "the disguised files were not tried", are_tried)


def addresses(entry):
    """Everywhere that bytes of strangers can be had."""
    delivery = f"/api/v1/deliveries/{entry['id']}"
    yield from (f"{delivery}/body", f"{delivery}/sample", f"/inbox/{entry['id']}")
    if entry["photo"]:
        photo = entry["photo"]
        yield from (f"/api/v1/photos/{photo}/original", f"/photos/{photo}", f"/photos/{photo}/360.jpg")


def open_alone(reader, address):
    """As somebody does who pastes the address."""
    answer = reader.context.request.get(address)
    headers = answer.headers
    if answer.ok and headers.get("x-content-type-options") != "nosniff":
        reader.fault(f"{address}: a browser may guess what the bytes are")
    if answer.ok and "default-src 'none'" not in headers.get("content-security-policy", ""):
        reader.fault(f"{address}: nothing forbids scripts")
    if answer.ok and "html" in headers["content-type"] and not address.startswith(("/photos/", "/inbox/")):
        reader.fault(f"{address}: bytes of strangers are called {headers['content-type']}")
    try:
        reader.open(address)
    except Error as error:
        # A download is no page, and an empty answer is Chromium's to explain.
        if "Download is starting" not in error.message and "ERR_HTTP_RESPONSE_CODE_FAILURE" not in error.message:
            reader.fault(f"{address}: {error.message}")
    # What ran would have opened its dialog by now, or does before the next page.
    reader.page.wait_for_timeout(50)


def runs_elsewhere(browser, host):
    """Whether the same bytes open a dialog where they are served as a page: the test could see it."""
    with Reader(browser, host.origin) as reader:
        with reader.expecting(404):
            reader.open("/page.jpg")
        return any("a dialog opened" in words for words in reader.faults)
