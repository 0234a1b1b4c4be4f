"""Every page by keyboard alone: whatever can be used is reached by Tab, in reading order, visibly, and nothing holds
the focus; and the way of a reader without a single click.
"""

import re

from browser import LOOKS, Look, Reader
from pages import crawl
from people import sign_in, sign_in_by_keyboard, strangers_pages

PARTS_MAX = 6

# What can be used on the page and can be seen; one of a group of radio buttons stands for all.
USABLE_JS = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable], audio[controls], video[controls]'
  )].filter((one) => (one.tabIndex >= 0 || one.matches('a, button, input, select, textarea, summary'))
    && !one.disabled && one.type !== 'hidden' && one.checkVisibility({ visibilityProperty: true }));
  const groups = new Set();
  window.usable = all.filter((one) => {
    if (one.type !== 'radio') return true;
    const known = groups.has(one.name);
    groups.add(one.name);
    return !known;
  });
  return window.usable.map((one) => one.outerHTML.slice(0, 100));
}"""

IS_INSIDE_JS = """(dialog) =>
  dialog.contains(document.activeElement) || document.activeElement === document.body"""

FOCUSED_JS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
  const box = one.getClientRects()[0] ?? { left: -1, top: -1, width: 0, height: 0 };
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  return {
    index: window.usable.indexOf(one),
    words: one.outerHTML.slice(0, 100),
    is_marked: one.matches(':focus-visible') && (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0
      || boxShadow !== 'none'),
    is_seen: top !== null && (one.contains(top) || top.contains(one)),
  };
}"""


def reach(page):
    """Presses Tab from the top of the page to its end; what is wrong on the way, in words."""
    usable, order, faults = page.evaluate(USABLE_JS), [], []
    for _ in range(len(usable) + 1):
        # Some fields are walked through within, a date by its day, month and year.
        for _ in range(PARTS_MAX):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED_JS)
            if focused is None or focused["index"] not in order[-1:]:
                break
        # Behind the last comes the browser itself; without a window around it, at once the first again.
        if focused is None or focused["index"] in order:
            break
        order.append(focused["index"])
        if not focused["is_marked"]:
            faults.append(f"nothing shows that the focus is at {focused['words']}")
        if not focused["is_seen"]:
            faults.append(f"the focus is out of sight or covered at {focused['words']}")
    if focused is not None and focused["index"] != order[0]:
        faults.append(f"the focus is held at {focused['words']}")
    missed = [usable[index] for index in range(len(usable)) if index not in order]
    faults += [f"Tab does not reach {words}" for words in missed]
    if not missed and order != sorted(order):
        faults.append("Tab does not follow the order of reading")
    return faults


def by_keyboard(browser, daemon):
    """The faults found."""
    with Reader(browser, daemon.origin) as reader:
        sign_in(reader, daemon)
        pages, faults = crawl(reader, each_max=2)
    for look in LOOKS:
        if look.scheme != "light":
            continue
        with Reader(browser, daemon.origin, look) as reader:
            for path in strangers_pages(daemon):
                faults += of_page(reader, path)
            sign_in(reader, daemon)
            for path in sum(pages.values(), []):
                faults += of_page(reader, path)
            faults += reader.faults
    return faults + the_way(browser, daemon, Look()) + the_way(browser, daemon, Look(has_script=False))


def of_page(reader, path):
    with reader.expecting(404):
        reader.open(path)
    return [f"{path} at {reader.look}: {words}" for words in reach(reader.page)]


def the_way(browser, daemon, look):
    """Signs in, opens a project, its day, a photo and a row of its card, goes on to the next, and out."""
    with Reader(browser, daemon.origin, look, accept_downloads=True) as reader:
        page = reader.page
        try:
            sign_in_by_keyboard(reader)
            enter(reader, page.get_by_role("link", name="Tower Handover", exact=True), r"/projects/\d+$")
            enter(reader, page.locator(".days a").last, r"/projects/\d+/\d{4}-\d\d-\d\d$")
            enter(reader, page.locator(".sheet .frame").first, r"/photos/[0-9a-f-]+$")
            row = page.locator("details:not([open])").first.element_handle()
            reader.tab_to(page.locator("details:not([open]) > summary").first)
            page.keyboard.press("Space")
            if not row.evaluate("(row) => row.open"):
                reader.fault("a row of the card does not open by Space")
            enter(reader, page.get_by_role("link", name="Next photo"), r"/photos/[0-9a-f-]+$")
            with page.expect_download():
                reader.tab_to(page.get_by_role("link", name="Download the original"))
                page.keyboard.press("Enter")
            if look.has_script:
                keys_of_the_script(reader)
            reader.tab_to(page.get_by_role("button", name="Sign out"))
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile("/sign-in"))
        except Exception as error:
            reader.fault(f"the way by keyboard ends here: {error}")
        return reader.faults


def enter(reader, link, address):
    """Follows a link, and arrives where it should lead."""
    before = reader.page.url
    reader.tab_to(link)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(lambda url: url != before and re.search(address, url))


def keys_of_the_script(reader):
    """What scripts add: the list of keys, a closer look, up, and from photo to photo."""
    page = reader.page
    for key, name in (("?", "Keys"), ("z", "The photo, closer")):
        page.keyboard.press(key)
        dialog = page.get_by_role("dialog", name=name)
        dialog.wait_for()
        # From the last of the dialog Tab leads to the browser itself, and never to the page behind.
        for _ in range(4):
            if not dialog.evaluate(IS_INSIDE_JS):
                reader.fault(f"the focus is behind the dialog {name!r}")
            page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/projects/\d+/\d{4}-\d\d-\d\d$"))
    for key in ("ArrowRight", "ArrowRight", "x", "Enter"):
        if key == "x":
            second = page.locator(".sheet .cell").nth(1)
            if not second.locator(".frame").evaluate("(frame) => frame === document.activeElement"):
                reader.fault("the arrows do not lead to the second photo")
        page.keyboard.press(key)
        if key == "x" and not second.get_by_role("checkbox").is_checked():
            reader.fault("x does not tick the photo")
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]+$"))
