"""Debian's Chromium, and readers at it: each a context of its own, in which whatever goes wrong is written down.

Never a browser that was downloaded, never a request that leaves this machine.
"""

import contextlib
import dataclasses
import shutil
import time

from playwright.sync_api import sync_playwright

WIDTHS, SCHEMES = (390, 1440), ("light", "dark")
HEIGHTS = {390: 844, 1440: 900}
IMAGES_SECS = 10
PATIENCE_MS = 15_000
MAP_QUIET_MS = 700
# More than any page has to walk through.
TABS_MAX = 300


@dataclasses.dataclass(frozen=True)
class Look:
    """How a reader sees pages."""

    width: int = 1440
    scheme: str = "light"
    has_script: bool = True
    locale: str = "en-GB"

    def __str__(self):
        return f"{self.width}-{self.scheme}-{'js' if self.has_script else 'nojs'}"


LOOKS = [Look(width, scheme, js) for js in (True, False) for width in WIDTHS for scheme in SCHEMES]


@contextlib.contextmanager
def chromium():
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("install chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium has no sandbox. Names resolve to nothing: nobody outside is asked.
        switches = ["--no-sandbox", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=program, args=switches)
        yield browser
        browser.close()


class Reader:
    """Somebody at the pages of one daemon. `faults` is what should not have happened, in words."""

    def __init__(self, browser, origin, look=Look(), **options):
        self.origin, self.look, self.faults, self.expected = origin, look, [], set()
        self.context = browser.new_context(
            base_url=origin,
            viewport={"width": look.width, "height": HEIGHTS[look.width]},
            color_scheme=look.scheme,
            java_script_enabled=look.has_script,
            reduced_motion="reduce",
            locale=look.locale,
            timezone_id="Europe/Zurich",
            **options,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self._listen(self.page)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def _listen(self, page):
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.fault(f"uncaught in a script: {error}"))
        page.on("crash", lambda _: self.fault("the page crashed"))
        page.on("console", self._console)
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("popup", lambda _: self.fault("another window opened"))

    def fault(self, words):
        """Writes down what should not be, with the page where it is."""
        self.faults.append(f"{self.page.url.removeprefix(self.origin)} at {self.look}: {words}")

    def _dialog(self, dialog):
        self.fault(f"a dialog opened: {dialog.type} {dialog.message!r}")
        dialog.dismiss()

    def _console(self, message):
        # Chromium reports refusals by the content security policy here, and failed loads, which `_response` knows
        # better. The page that it makes around an image has a style of its own, which our policy for images refuses.
        is_of_image = "inline style" in message.text and self.page.url.endswith(".jpg")
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text and not is_of_image:
            self.fault(f"the console says {message.type}: {message.text}")

    def _request(self, request):
        if not request.url.startswith((self.origin + "/", "data:", "blob:" + self.origin)):
            self.fault(f"asks elsewhere: {request.url}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.expected:
            self.fault(f"{response.status} for {response.url.removeprefix(self.origin)}")

    @contextlib.contextmanager
    def expecting(self, *statuses):
        """Answers with these statuses are no faults meanwhile."""
        self.expected = set(statuses)
        yield
        self.expected = set()

    def tab_to(self, locator):
        """Presses Tab until the focus is there; somebody without a pointer has no other way."""
        for _ in range(TABS_MAX):
            self.page.keyboard.press("Tab")
            if locator.evaluate("(one) => one === document.activeElement"):
                return
        raise RuntimeError(f"Tab does not reach {locator}")

    def open(self, path):
        """Opens a page and waits until it is quiet."""
        answer = self.page.goto(path, wait_until="load")
        if path.startswith("/map"):
            self.let_the_map_settle()
        return answer

    def let_the_map_settle(self):
        """The script asks for places when the page has long been loaded, and again when it has moved to them."""
        self.page.wait_for_load_state("networkidle")
        while self.look.has_script:
            place = self.page.query_selector("#map .place")
            self.page.wait_for_timeout(MAP_QUIET_MS)
            if place is None or place.evaluate("(place) => place.isConnected"):
                break

    def path(self):
        return self.page.url.removeprefix(self.origin)


# With texts that nobody writes, images are too many to wait for, and a letter with a hundred marks breaks nowhere.
UNWELL_JS = """(isHarmless) => {
  const found = [], root = document.documentElement;
  const widest = () => {
    const all = [...document.querySelectorAll('body, body *')].filter((one) => one.scrollWidth > one.clientWidth + 1
      && one.clientWidth || one.getBoundingClientRect().right > root.clientWidth + 1);
    const one = all.at(-1) ?? root;
    return `because of <${one.localName} class="${one.className}"> ${one.textContent.trim().slice(0, 40)}`;
  };
  if (root.scrollWidth > root.clientWidth)
    found.push(`wider than the window: ${root.scrollWidth} of ${root.clientWidth} pixels, ${widest()}`);
  const scrolls = (one) => one.closest('main *') && (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX)
    || scrolls(one.parentElement));
  const cut = [...document.querySelectorAll('main *')].find((one) =>
    one.checkVisibility() && one.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(one));
  if (isHarmless && cut) found.push(`wider than the window, and cut: <${cut.localName} class="${cut.className}">`);
  for (const image of isHarmless ? document.images : [])
    if (!image.complete || !image.naturalWidth) found.push(`an image that does not show: ${image.getAttribute('src')}`);
  for (const use of document.querySelectorAll('use'))
    if (!document.querySelector(use.getAttribute('href'))) found.push(`no symbol ${use.getAttribute('href')}`);
  const seen = new Set();
  for (const { id } of document.querySelectorAll('[id]'))
    seen.has(id) ? found.push(`two elements with the id ${id}`) : seen.add(id);
  if (document.querySelectorAll('main').length !== 1) found.push('not exactly one <main>');
  if (document.querySelectorAll('h1').length !== 1) found.push('not exactly one <h1>');
  return found;
}"""


LOADED_JS = """() => [...document.images].every((image) => {
  image.loading = 'eager';
  return image.complete;
})"""


# The sum of all shifts since the page began (W3C Layout Instability), those after an action of the reader too.
SHIFT_JS = """() => new Promise((resolve) => {
  const found = [];
  new PerformanceObserver((list) => found.push(...list.getEntries())).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(found.reduce((sum, { value }) => sum + value, 0))));
})"""


def shift(page):
    """How far what stands on the page has moved while it was loaded: 0 where its images had their places kept."""
    page.wait_for_load_state("networkidle")
    return page.evaluate(SHIFT_JS)


def unwell(page):
    """What is wrong with any page at a glance, in words. Works with scripts off: the browser's own tools look."""
    end = time.monotonic() + IMAGES_SECS
    while not page.evaluate(LOADED_JS) and time.monotonic() < end:
        time.sleep(0.02)
    return page.evaluate(UNWELL_JS, True)
