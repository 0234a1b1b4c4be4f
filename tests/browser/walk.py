"""The way of a reader through the archive, from the first start to signing out, in every look, with pictures.

Never by typing an address that a link or a form leads to.
"""

import contextlib
import hashlib
import re
import urllib.parse
import zipfile

from accessible import violations
from browser import Reader, shift, unwell
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
        self.accessible()
        file = self.screenshots / f"{name}-{self.reader.look}.png"
        self.page.screenshot(path=file, full_page=True, animations="disabled")

    def accessible(self):
        """What axe says of the page as it stands: with a dialog open, a form refused, a secret shown."""
        if self.reader.look.has_script:
            for words in violations(self.page):
                self.check(False, words)

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
        self.by_another_name()
        link = invited(self.daemon)
        self.reader.open(link)
        self.photograph("first-invitation")
        accept(self.reader, link)
        self.check(self.page.get_by_text("What to do first").count() == 1, "nothing says what to do first")
        self.copies(self.page.locator(".empty"), r"/hooks/timemark/\S{20,}$")
        self.photograph("first-start")
        self.follow(self.link("Inbox"), "/inbox$")
        self.photograph("first-inbox")
        self.follow(self.link("Settings"), "/settings$")
        self.photograph("first-settings")

    def by_another_name(self):
        """Over plain HTTP by a public name nobody can sign in, and the page says why."""

        def renamed(route):
            route.fulfill(response=route.fetch(headers=route.request.headers | {"host": "192.0.2.7:8470"}))

        self.page.route("**/sign-in", renamed)
        self.reader.open("/sign-in")
        self.check(self.page.get_by_text("You cannot sign in at this address").count() == 1, "nothing says why")
        self.photograph("first-obstacle")
        self.page.unroute("**/sign-in")

    def copies(self, place, wanted):
        """What should be copied stands there; where scripts run, the button puts it on the clipboard."""
        shown = place.locator("code, .code").filter(has_text=re.compile(wanted)).first.inner_text()
        if not self.reader.look.has_script:
            return
        self.reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
        place.get_by_role("button", name=re.compile("^Cop")).first.click()
        place.get_by_text("Copied").first.wait_for()
        copied = self.page.evaluate("() => navigator.clipboard.readText()")
        self.check(copied == shown.replace(" ", ""), f"{copied!r} is copied, not {shown!r}")

    def stands_still(self):
        """Nothing moves while images come: not the photo that is stored on its side, not its day, not the projects.
        The browser tells it to scripts only."""
        if not self.reader.look.has_script:
            return
        (turned,) = [photo for photo in self.daemon.walk("photos") if self.is_turned(photo)]
        for path in (f"/photos/{turned['id']}", f"/projects/{turned['project_id']}/{turned['local_date']}", "/"):
            self.reader.open(path)
            moved = shift(self.page)
            self.check(moved == 0, f"the page moves by {moved:.4f} while it is loaded")

    def is_turned(self, photo):
        self.reader.open(f"/photos/{photo['id']}")
        image = self.page.locator("figure.photo img")
        if not image.count():
            return False
        width, height = (int(image.get_attribute(side)) for side in ("width", "height"))
        return (width < height) != (photo["width"] < photo["height"])

    def through_the_demo(self):
        self.sign_in_after_a_mistake()
        self.stands_still()
        self.reader.open("/")
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
        self.refusals()
        self.somebody_limited()
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
        self.copies(self.page.locator(".record .title"), r"\S")
        if self.reader.look.has_script:
            self.dialogs()
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

    def dialogs(self):
        for key, name in (("?", "Keys"), ("z", "The photo, closer")):
            self.page.keyboard.press(key)
            self.page.get_by_role("dialog", name=name).wait_for()
            self.accessible()
            self.page.keyboard.press("Escape")
            self.page.get_by_role("dialog").wait_for(state="detached")

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
        if self.reader.look.has_script:
            self.circles()

    def circles(self):
        """The table has the places of the map wherever it moves, and a circle leads into itself or to its photos."""
        self.reader.open("/map")
        for _ in range(3):
            cluster = self.page.locator("#map button.place")
            if not cluster.count():
                break
            cluster.first.click()
            self.reader.let_the_map_settle()
            on_map = self.page.locator("#map .place").count()
            listed = self.page.locator(".list tbody tr").count()
            self.check(on_map == listed, f"{on_map} places on the map and {listed} in its table")
        one_point = {"latitude": 48.2, "longitude": 16.4, "photos": 3, "bbox": [16.4, 48.2, 16.4, 48.2], "photo": None}
        answer = {"places": [one_point | {"name": "A tower"}], "photos": 3, "without_position": 0, "is_capped": True}
        self.page.route("**/api/v1/places*", lambda route: route.fulfill(json=answer))
        self.reader.open("/map?bbox=16.39,48.19,16.41,48.21")
        self.check(self.page.get_by_text("Not all photos are shown").count() == 1, "a map that is cut does not say so")
        self.page.locator("#map button.place").click()
        self.page.wait_for_url(re.compile(r"/search\?.*bbox=16.4%2C48.2%2C16.4%2C48.2"))
        self.check("zoom" not in self.reader.path(), "the list is asked for a zoom")
        self.page.unroute("**/api/v1/places*")

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
        self.follow(self.page.locator("td a[href^='/audit/runs/']").last, r"/audit/runs/\d+$")
        self.check(self.page.get_by_text("stranger.txt").count() == 1, "the stranger in the bucket is not named")
        self.photograph("audit-run")
        self.follow(self.link("Audit").last, "/audit$")
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
            asked = []

            def asks(request):
                asked.append(request)

            self.page.on("request", asks)
            self.page.locator("[data-hash] input").set_input_files(
                {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": original}
            )
        else:
            self.page.get_by_label("Its SHA-256").fill(photo["sha256"])
            self.page.get_by_role("button", name="Compare").click()
        self.page.get_by_text("These very bytes are archived").wait_for()
        self.check(photo["sha256"] in self.reader.path(), "another hash was asked for")
        if self.reader.look.has_script:
            self.page.remove_listener("request", asks)
            sent = [request.url for request in asked if request.method != "GET" or request.post_data_buffer]
            self.check(asked and not sent, f"something was uploaded: {sent}")
        self.photograph("audit-file-found")
        self.follow(self.link("Audit").last, "/audit$")
        self.verification()

    def verification(self):
        """A sample, one photo after another; what was found stands on the photo."""
        self.follow(self.link("a sample"), "/audit/verify$")
        self.photograph("verification")
        self.page.get_by_role("button", name="Draw a sample").click()
        self.page.wait_for_url(re.compile(r"/audit/verify\?.*seed="))
        self.photograph("verification-sample")
        self.copies(self.page.locator(".record .title"), r"\S")
        asked_about = self.page.locator("figure.photo a").first.get_attribute("href")
        self.page.get_by_label("Unable to verify").check()
        self.page.get_by_label("A note").fill("Asked on the phone: <b>the page was down</b>")
        self.page.get_by_role("button", name="Keep it and go on").click()
        self.page.get_by_text("Unable to verify. Drawn on").wait_for()
        self.whole_sample()
        self.reader.open(asked_about)
        said = self.page.locator(".official").first.inner_text()
        self.check("Unable to verify" in said and "<b>the page was down</b>" in said, f"the photo says {said!r}")
        self.photograph("photo-verified")

    def whole_sample(self):
        """A small project to its end, and a period without photos."""
        self.follow(self.link("Audit").last, "/audit$")
        self.follow(self.link("a sample"), "/audit/verify$")
        self.photograph("verification-again")
        storm = self.page.locator("#project option").filter(has_text="Storm").inner_text()
        self.page.get_by_label("Project").select_option(label=storm)
        self.page.get_by_role("button", name="Draw a sample").click()
        self.page.get_by_text("Drawn on").wait_for()
        while self.page.get_by_role("radio").count():
            self.page.get_by_label("Authentic").check()
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="Keep it and go on").click()
        self.page.get_by_text("Every photo of this sample was asked about").wait_for()
        self.photograph("verification-done")
        self.follow(self.link("Verification by hand"), "/audit/verify$")
        self.page.get_by_label("to", exact=True).fill("2001-01-01")
        self.page.get_by_role("button", name="Draw a sample").click()
        self.page.get_by_text("No photo with a code").wait_for()
        self.photograph("verification-empty")

    def settings(self):
        self.follow(self.link("Settings"), "/settings")
        self.photograph("settings")
        for summary in self.page.locator(".ask-first summary").all():
            summary.click()
        self.photograph("settings-asked")
        self.page.reload()
        self.page.get_by_label("What it is for").fill(f"the look {self.reader.look}")
        self.page.get_by_role("button", name="Make a token").click()
        self.page.get_by_text("It is shown only now").wait_for()
        self.photograph("settings-secret")

    def refusals(self):
        """Answers that are no success are pages too."""
        self.reader.open("/settings")
        self.page.get_by_label("What it is for").fill("never")
        self.page.get_by_label("Days until it ends").fill("0")
        with self.reader.expecting(400):
            self.page.get_by_role("button", name="Make a token").click()
            self.page.get_by_text("a number from 1 to 36500").wait_for()
            self.photograph("refused-form")
        with self.reader.expecting(409):
            for _ in range(2):
                self.reader.open("/settings")
                self.page.get_by_text("Make a new address").first.click()
                with self.page.expect_navigation():
                    self.page.get_by_role("button", name="Make a new address").click()
            self.check(self.page.get_by_text("keepmark hook rotate --force").count() == 1, "an address in use is ended")
            self.photograph("refused-conflict")

    def somebody_limited(self):
        """Who sees one project sees its pages, and a refusal elsewhere."""
        admins, name = self.reader, f"Vera {self.reader.look}"
        link = self.daemon.archive.run("user", "invite", name, "--role", "viewer", "--project", "Tower Handover")
        with Reader(admins.context.browser, self.daemon.origin, admins.look) as self.reader:
            self.page = self.reader.page
            accept(self.reader, urllib.parse.urlsplit(link).path)
            self.photograph("limited-projects")
            self.check(self.page.locator(".projects > li").count() == 1, "somebody limited sees other projects")
            for page in ("photos", "search", "map"):
                self.reader.open(f"/{page}")
                self.photograph(f"limited-{page}")
            with self.reader.expecting(403):
                self.reader.open("/settings")
                self.photograph("limited-refused")
            admins.faults += self.reader.faults
        self.reader, self.page = admins, admins.page

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
