"""The way of a reader through the archive, from the first start to signing out, in every look, with pictures.

Never by typing an address that a link or a form leads to.
"""

import contextlib
import hashlib
import re
import urllib.parse
import zipfile

from browser import Reader, unwell
from daemon import Daemon
from people import NAME, accept, invited, sign_in, sign_in_by_form, sign_out


class Walk:
    def __init__(self, browser, daemon, look, screenshots):
        self.daemon, self.screenshots = daemon, screenshots
        self.reader = Reader(browser, daemon.origin, look, accept_downloads=True)
        self.page, self.faults = self.reader.page, self.reader.faults

    def check(self, holds, words):
        if not holds:
            self.reader.fault(words)

    def photograph(self, name):
        """Looks over the page, and keeps its picture."""
        for words in unwell(self.page):
            self.check(False, words)
        file = self.screenshots / f"{name}-{self.reader.look}.png"
        self.page.screenshot(path=file, full_page=True, animations="disabled")

    def follow(self, locator, address):
        """Clicks on a link, and arrives where it should lead."""
        locator.click()
        self.page.wait_for_url(re.compile(address))

    def link(self, name):
        return self.page.get_by_role("link", name=name, exact=True)

    def first_start(self):
        """An archive without anything: who comes is asked to sign in, and told what to do first."""
        self.reader.open("/")
        self.check(self.reader.path().startswith("/sign-in"), "nobody is asked to sign in")
        self.check(self.page.get_by_text("keepmark user invite").count() == 1, "nothing says how to come in")
        self.photograph("first-sign-in")
        link = invited(self.daemon)
        self.reader.open(link)
        self.photograph("first-invitation")
        accept(self.reader, link)
        self.check(self.page.get_by_text("What to do first").count() == 1, "nothing says what to do first")
        self.photograph("first-start")
        self.follow(self.link("Inbox"), "/inbox$")
        self.photograph("first-inbox")
        self.follow(self.link("Settings"), "/settings$")
        self.photograph("first-settings")

    def through_the_demo(self):
        self.sign_in_after_a_mistake()
        self.check(self.page.get_by_role("heading", level=2).count() >= 3, "not every project is shown")
        self.photograph("projects")
        self.project_and_day()
        self.photo()
        self.follow(self.link("Newest"), "/photos$")
        self.photograph("newest")
        self.follow(self.link("Inbox"), "/inbox$")
        self.photograph("inbox")
        self.follow(self.page.locator(".inbox tbody tr").first.get_by_role("link").last, r"/inbox/\d+$")
        self.check(self.page.get_by_text("photo.uploaded").count() == 1, "the delivery does not say what came")
        self.photograph("delivery")
        self.audit()
        self.settings()
        self.search()
        self.map()
        self.download()
        self.leave()

    def sign_in_after_a_mistake(self):
        self.reader.open("/sign-in")
        self.photograph("sign-in")
        self.page.get_by_label("Name").fill(NAME)
        self.page.get_by_label("Password").fill("another password")
        with self.reader.expecting(401):
            self.page.get_by_role("button", name="Sign in").click()
            self.page.get_by_role("alert").wait_for()
        self.photograph("sign-in-refused")
        sign_in_by_form(self.reader)
        with self.reader.expecting(404):
            self.reader.open("/photos/never-seen")
            self.photograph("not-found")
        self.reader.open("/")

    def project_and_day(self):
        self.follow(self.link("Tower Handover").last, r"/projects/\d+$")
        self.check(self.page.get_by_role("heading", level=1).inner_text() == "Tower Handover", "another project")
        self.photograph("project")
        self.follow(self.page.locator(".days a").last, r"/projects/\d+/\d{4}-\d\d-\d\d$")
        day = self.reader.path().rpartition("/")[2]
        photos = self.daemon.walk("photos", f"&project=Tower+Handover&from={day}&to={day}")
        self.check(self.page.locator(".sheet > .cell").count() == len(photos) > 0, "not every photo of this day")
        self.photograph("day")

    def photo(self):
        cells = self.page.locator(".sheet > .cell .frame")
        self.follow(cells.first, r"/photos/[0-9a-f-]+$")
        self.photograph("photo")
        first = self.reader.path()
        self.follow(self.link("Next photo"), r"/photos/[0-9a-f-]+$")
        self.check(self.reader.path() != first, "the next photo is the same")
        self.follow(self.link("Previous photo"), first + "$")
        with self.page.expect_download() as found:
            self.link("Download the original").click()
        original = found.value.path().read_bytes()
        known = self.daemon.api(first.removeprefix("/"))
        self.check(hashlib.sha256(original).hexdigest() == known["sha256"], "the original has other bytes")
        for verdict in ("contradicted", "inconclusive"):
            (odd,) = self.daemon.walk("photos", f"&verdict={verdict}")
            self.reader.open(f"/photos/{odd['id']}")
            self.check(self.page.locator(".record .verdict").first.inner_text() == verdict, "another verdict")
            self.photograph(f"photo-{verdict}")

    def search(self):
        (wanted,) = self.daemon.walk("photos", "&verdict=contradicted")
        self.follow(self.link("Search"), "/search$")
        self.photograph("search")
        found = self.look_for(wanted["code"])
        self.check(found == 1, f"the code finds {found} photos, not its one")
        self.photograph("search-found")
        self.check(self.look_for("Storm") == 3, "a word of its name does not find the photos of a project")
        self.check(self.look_for("never seen here") == 0, "nonsense finds photos")
        self.photograph("search-nothing")

    def look_for(self, words):
        """How many photos are found."""
        field = self.page.get_by_role("searchbox")
        field.fill(words)
        field.press("Enter")
        self.page.wait_for_url(lambda url: urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["q"] == [words])
        return self.page.locator(".sheet > .cell").count()

    def map(self):
        """With scripts or without, every photo with a position is counted, and a place leads to its photos."""
        self.follow(self.link("Map"), "/map$")
        if self.reader.look.has_script:
            self.page.locator("#map .place").first.wait_for()
            self.reader.let_the_map_settle()
        self.photograph("map")
        listed = self.page.locator(".list data").all()
        photos = sum(int(place.get_attribute("value")) for place in listed)
        self.check(photos == 12, f"{photos} photos are on the map, not 12")
        self.page.locator(".list th a").first.click()
        self.page.wait_for_url(re.compile("/(photos|search|map)"))
        self.photograph("map-place")

    def download(self):
        """Some photos of a page as a ZIP, each with the bytes that were archived."""
        self.follow(self.link("Newest"), "/photos$")
        boxes = self.page.locator(".sheet input[name=photo]")
        ids = [boxes.nth(at).get_attribute("value") for at in (0, 2, 5)]
        for id in ids:
            self.page.locator(f".sheet input[value='{id}']").check()
        self.photograph("newest-selected")
        with self.page.expect_download() as found:
            self.page.get_by_role("button", name="Download ZIP").click()
        with zipfile.ZipFile(found.value.path()) as zipped:
            hashes = {hashlib.sha256(zipped.read(name)).hexdigest() for name in zipped.namelist()}
        wanted = {photo["sha256"] for photo in self.daemon.walk("photos") if photo["id"] in ids}
        self.check(len(wanted) == 3 and wanted <= hashes, "the photos that were picked are not in the ZIP")

    def audit(self):
        """A code on the page and as a file; a photo by its bytes, which stay in the browser."""
        photo = self.daemon.walk("photos")[0]
        self.follow(self.link("Audit"), "/audit$")
        self.photograph("audit")
        codes = f"{photo['code']}\nnever seen"
        self.page.get_by_label("Verification codes").fill(codes)
        self.page.get_by_role("button", name="Check").click()
        self.page.get_by_role("heading", name="2 checked: 1 intact, 1 unknown").wait_for()
        self.photograph("audit-checked")
        with self.page.expect_download() as found:
            self.page.get_by_role("button", name="Download as CSV").click()
        result = found.value.path().read_text(encoding="utf-8-sig")
        self.check(f"{photo['code']},intact" in result, f"the file does not say that the photo is intact: {result}")
        self.follow(self.link("held against the archive"), "/audit/file$")
        self.photograph("audit-file")
        if self.reader.look.has_script:
            original = self.daemon.original(photo["id"])
            self.page.locator("[data-hash] input").set_input_files(
                {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": original}
            )
        else:
            self.page.get_by_label("Its SHA-256").fill(photo["sha256"])
            self.page.get_by_role("button", name="Compare").click()
        self.page.get_by_text("These very bytes are archived").wait_for()
        self.check(photo["sha256"] in self.reader.path(), "another hash was asked for")
        self.photograph("audit-file-found")

    def settings(self):
        self.follow(self.link("Settings"), "/settings")
        self.photograph("settings")

    def leave(self):
        sign_out(self.reader)
        self.reader.open("/")
        self.check(self.reader.path().startswith("/sign-in"), "signed out, and still let in")


def walk(browser, new_archive, demo, looks, screenshots):
    """The faults found."""
    faults = []
    with Reader(browser, demo.origin) as reader:
        sign_in(reader, demo)
    for look in looks:
        with Daemon(new_archive()) as empty:
            for daemon, way in ((empty, Walk.first_start), (demo, Walk.through_the_demo)):
                walker = Walk(browser, daemon, look, screenshots)
                with contextlib.closing(walker.reader.context):
                    try:
                        way(walker)
                    except Exception as error:
                        walker.check(False, f"the walk ends here: {error}")
                faults += walker.faults
    return faults
