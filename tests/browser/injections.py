"""Texts that break careless pages, as every text of a delivery and of the file itself: no dialog, no report of the
content security policy, and the page is the page that it is with harmless texts.
"""

import json
import os
import pathlib
import re
import struct
import unicodedata
import urllib.parse

from browser import UNWELL_JS, Look, Reader
from daemon import announcement
from host import png, with_exif
from pages import crawl, draw_a_sample
from people import sign_in

LOOKS = (Look(), Look(390, has_script=False))
# Pages that answer a question take long with scripts, above all the map.
ASKED_EVERY = 5
RUN = "alert(1)"
INJECTIONS = [
    f"<script>{RUN}</script>",
    f"\"><script>{RUN}</script>",
    f"'><script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"--><script>{RUN}</script>",
    f"]]><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"\"><img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<details open ontoggle={RUN}>",
    f"<body onload={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"\" autofocus onfocus={RUN} x=\"",
    f"' onmouseover={RUN} style='position:fixed;inset:0",
    f" onfocus={RUN} autofocus tabindex=1 ",
    "\" style=\"position:fixed;inset:0;background:red",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=data:text/css,*%7Bdisplay:none%7D>",
    f"<iframe srcdoc=\"<script>{RUN}</script>\">",
    f"<iframe src=\"javascript:{RUN}\">",
    f"<object data=\"data:text/html,<script>{RUN}</script>\">",
    f"<embed src=\"data:text/html,<script>{RUN}</script>\">",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<noscript><p title=\"</noscript><img src=x onerror={RUN}>\">",
    f"<template><script>{RUN}</script></template>",
    "<plaintext>",
    "</main></body></html>",
    "<!--",
    "<base href=//example.com/>",
    f"<meta http-equiv=refresh content=\"0;url=javascript:{RUN}\">",
    "<form action=//example.com/><button>Sign in</button>",
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}//https://example.com/",
    f"data:text/html,<script>{RUN}</script>",
    f"');{RUN}//",
    f"\\\");{RUN}//",
    f"${{{RUN}}}",
    f"{{{{{RUN}}}}}",
    "{{7*7}}{% include \"base.html\" %}",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"\u2028<script>{RUN}</script>\u2029",
    f"<scr\0ipt>{RUN}</script>",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    "\u202egnp.egami\u202c\u2066\u200f",
    "=HYPERLINK(\"http://example.com/\")",
    "W" * 4000,
    "W W " * 1000,
]

# Addresses that go on with a text.
ASKED = (
    "/search?q=", "/map?q=", "/photos?after=", "/projects/", "/photos/", "/invite/", "/sign-in?", "/audit/runs/",
    "/audit/file?sha256=", "/audit/verify?confidence=95&bad=5&until=2030-01-01T00:00:00Z&seed=",
)
# Names of files end here.
NAME_BYTES_MAX = 200

# What elements and attributes a page is made of, and whatever no page has: nothing of that can come from a text.
MADE_OF_JS = """() => {
  const made = new Set();
  for (const one of document.querySelectorAll('*')) {
    // What the map draws differs with what lies in view; of that only what draws nothing is strange.
    if (one.matches('.leaflet-pane :is(a, button, div, span, svg, g, path)')) continue;
    const names = one.getAttributeNames().filter((name) => !['open', 'hidden', 'class', 'loading'].includes(name));
    made.add(`<${[one.localName, ...names.sort()].join(' ')}>`);
    for (const name of ['href', 'src', 'action', 'formaction'])
      if (/^\\s*(javascript|data|vbscript):/i.test(one.getAttribute(name) ?? '')) made.add(one.outerHTML);
  }
  return [...made];
}"""


def naughty_strings():
    """The list beside the project, where it is there."""
    beside = pathlib.Path(__file__).parents[2] / ".." / "shared" / "corpus"
    file = pathlib.Path(os.environ.get("KEEPMARK_CORPUS", beside)) / "hostile" / "naughty-strings.json"
    if not file.is_file():
        print(f"skipped: no naughty strings at {file}")
        return []
    # A lone surrogate is no text that JSON could carry in UTF-8.
    return sorted({text for text in json.loads(file.read_text(encoding="utf-8"))})


def with_text(host, number, text):
    """A delivery that says the text wherever it can, of a photo whose file does so too."""
    link = host.serve(f"/{number}.png", with_exif(png(number), text))
    harmless = announcement(number, link)
    return harmless | {
        "event_id": f"{number} {text}",
        "group_name": text,
        "project_name": text,
        "photo_code": f"{number}{text}",
        "photo_name": text,
        "thumbnail_url": text,
        "photo_location": harmless["photo_location"] | {"location_name": text},
        "member": dict.fromkeys(
            ["member_name", "member_short_name", "member_profile_picture_url", "member_contact"], text
        ),
        "device_model": text,
        "custom_notes": [{"title": text, "content": text}],
        text: text,
    }


def without_photo(number, text):
    """Deliveries that say it where there is no photo: links that lead nowhere, and no JSON at all."""
    yield announcement(number, text) | {"event_id": f"link {number} {text}"}
    yield {"event_type": text, "event_id": f"type {number} {text}"}
    yield announcement(number, None) | {
        "event_id": f"place {number} {text}",
        "photo_timestamp": text,
        "photo_location": {"location_name": text, "location_latitude": text, "location_longitude": text},
    }
    yield text.encode("utf-8", "surrogatepass")


def made_of(page):
    return set(page.evaluate(MADE_OF_JS))


def shown(text):
    """A text as it can be read: without what has no shape, blanks as one."""
    visible = "".join(" " if letter.isspace() else letter for letter in text)
    kept = "".join(letter for letter in visible if letter == " " or unicodedata.category(letter)[0] != "C")
    return " ".join(kept.split())


# All of it at once: there are thousands of pages to look at. Images are too many to wait for.
LOOK_JS = f"""() => ({{
  made: ({MADE_OF_JS})(),
  unwell: document.querySelector('main') ? ({UNWELL_JS})(false) : [],
  heading: document.querySelector('h1')?.textContent ?? '',
}})"""


class Inspector:
    """Opens pages and compares what they are made of with what harmless pages are."""

    def __init__(self, reader, harmless):
        self.reader, self.page, self.harmless = reader, reader.page, harmless

    def look(self, path, heading=None):
        with self.reader.expecting(400, 404):
            self.reader.open(path)
        self.look_here(heading)

    def look_here(self, heading=None):
        seen = self.page.evaluate(LOOK_JS)
        for words in seen["unwell"]:
            self.reader.fault(words)
        for strange in sorted(set(seen["made"]) - self.harmless):
            self.reader.fault(f"a text became a part of the page: {strange}")
        if heading and shown(heading) != shown(seen["heading"]):
            self.reader.fault(f"the heading does not say {heading!r}")

    def photo(self, photo):
        self.look(f"/photos/{photo['id']}")

    def project(self, photo):
        """The project of a photo and its day."""
        self.photo(photo)
        day, project = (self.page.locator(".path a").nth(at).get_attribute("href") for at in (2, 1))
        self.look(project, photo["project"])
        self.look(day)

    def lists(self):
        """Every page of every list, to its end."""
        for path in ("/", "/photos", "/inbox"):
            while path:
                self.look(path)
                more = self.page.locator(".more a")
                path = more.get_attribute("href") if more.count() else None

    def codes(self, texts):
        """Codes that say the texts, on the page that answers them."""
        self.reader.open("/audit")
        check_codes(self.page, texts)
        self.look_here()

    def audit(self):
        """The audit that found strangers with such names in the bucket."""
        self.look("/audit")
        self.look(self.page.locator("td a[href^='/audit/runs/']").first.get_attribute("href"))

    def asked_for(self, text):
        """What somebody may be sent to by a link that says the text."""
        quoted = urllib.parse.quote(text, safe="", errors="surrogatepass")
        for path in ASKED:
            self.look(path + quoted)


def check_codes(page, texts):
    """By the form, without reading photos again."""
    page.get_by_label("Verification codes").fill("\n".join(texts))
    page.get_by_label("only what is on record").check()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name=re.compile("checked: ")).wait_for()


def note(reader, texts):
    """Answers of Timemark's page about some photos, with these notes; gives the photos' pages."""
    page, pages = reader.page, []
    draw_a_sample(reader)
    for text in texts:
        if not page.get_by_role("radio").count():
            break
        pages.append(page.locator("figure.photo a, .undecoded a").first.get_attribute("href"))
        page.get_by_label("Not found").check()
        page.get_by_label("A note").fill(text)
        with page.expect_navigation():
            page.get_by_role("button", name="Keep it and go on").click()
    return pages


def put_strangers(archive, texts):
    """Objects in the bucket whose names say the texts, as far as a folder takes them; an audit has found them."""
    for text in texts:
        name = text.replace("/", "\u2215").replace("\0", "").encode("utf-8", "replace")[:NAME_BYTES_MAX]
        (archive.state / "archive" / name.decode("utf-8", "ignore")).write_text("not ours")
    archive.run("audit", "--inventory", exit_code=1)


def deliver_harmless(daemon, host):
    """Harmless texts in all the places where the others will be, and a project with some days."""
    for number in range(3):
        daemon.deliver(with_text(host, number, f"Level {number}"), *without_photo(number, f"Level {number}"))
    days = ["2025-12-10", "2025-12-11", "2025-12-12"]
    for number, day in enumerate(2 * days, start=10):
        link = host.serve(f"/{number}.png", png(number))
        daemon.deliver(announcement(number, link) | {"event_id": f"{number}", "photo_timestamp": f"{day}T18:45:00Z"})
    daemon.settle(waiting=12)


def harmless_parts(reader):
    """What the pages are made of when every text is harmless."""
    noted = note(reader, ["Level 1"])
    pages, _ = crawl(reader, each_max=6)
    reader.open("/audit")
    check_codes(reader.page, ["Level 1", "Level 2"])
    parts = made_of(reader.page)
    asked = ["/photos/none", "/search?q=none", "/map?q=none", "/search?q=level", "/map?q=level", "/sign-in"]
    for path in sum(pages.values(), []) + noted + asked:
        with reader.expecting(404):
            reader.open(path)
        parts |= made_of(reader.page)
    return parts


def injections(browser, daemon, host):
    """The faults found. The archive must be empty, and is full afterwards."""
    deliver_harmless(daemon, host)
    put_strangers(daemon.archive, ["Level 1.txt"])
    harmless = {}
    for look in LOOKS:
        with Reader(browser, daemon.origin, look) as reader:
            sign_in(reader, daemon)
            harmless[look] = harmless_parts(reader)
    texts = INJECTIONS + naughty_strings()
    for number, text in enumerate(texts, start=1000):
        daemon.deliver(with_text(host, number, text))
    for number, text in enumerate(INJECTIONS, start=1000):
        daemon.deliver(*without_photo(number, text))
    daemon.settle(waiting=4 * len(INJECTIONS))
    put_strangers(daemon.archive, INJECTIONS)
    photos = {int(photo["event_id"].split(" ")[0]): photo for photo in daemon.walk("photos")}
    faults = [f"{text!r} was not archived" for number, text in enumerate(texts, start=1000) if number not in photos]
    numbers = sorted(number for number in photos if number >= 1000)
    noted = []
    # With scripts off nothing could run; the pages of injections must be whole all the same.
    for look in LOOKS:
        with Reader(browser, daemon.origin, look) as reader:
            sign_in(reader, daemon)
            inspector = Inspector(reader, harmless[look])
            noted = noted or note(reader, INJECTIONS)
            for path in noted:
                inspector.look(path)
            inspector.codes(INJECTIONS)
            inspector.audit()
            for number in numbers[: len(INJECTIONS)]:
                inspector.project(photos[number])
            for number in numbers[len(INJECTIONS) :] if look.has_script else []:
                inspector.photo(photos[number])
            inspector.lists()
            for text in INJECTIONS[:: ASKED_EVERY if look.has_script else 1]:
                inspector.asked_for(text)
            faults += reader.faults
    return faults
