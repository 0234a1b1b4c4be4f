"""Numbers and times as readers of other languages see them; photo times are the same for all, instants are not.

Never a word of the page itself: that is English everywhere.
"""

import re

from browser import Look, Reader
from people import sign_in

# What each reader sees on which page: the project, its month and day, the time and the size on the card, the settings.
SEEN = {
    "de-DE": {
        "project": [r"the last on \d+\. [A-Z][a-zä]+ 20\d\d um \d\d:\d\d", r"(?m)^[A-Z][a-zä]+ 20\d\d"],
        "day": [r"(Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag), \d+\. "],
        "photo": [r"Taken \d+\. [A-Za-zä]+ 20\d\d um \d\d:\d\d:\d\d", r"\d{1,3},\d (kB|MB) \(\d{1,3}\.\d{3}"],
        "projects": [r"\d+\. [A-Z][a-zä]+\.? 20\d\d, \d\d:\d\d local time"],
    },
    "zh-CN": {
        "project": [r"20\d\d年\d+月"],
        "day": [r"20\d\d年\d+月\d+日星期"],
        "photo": [r"Taken 20\d\d年\d+月\d+日 \d\d:\d\d:\d\d", r"\d\.\d (kB|MB) \(\d{1,3},\d{3}"],
        "projects": [r"20\d\d年\d+月\d+日 \d\d:\d\d local time"],
    },
    "en-US": {
        "project": [r"[A-Z][a-z]+ 20\d\d"],
        "day": [r"[A-Z][a-z]+day, [A-Z][a-z]+ \d+, 20\d\d"],
        "photo": [r"Taken [A-Z][a-z]+ \d+, 20\d\d at \d+:\d\d:\d\d [AP]M", r"\(\d{1,3},\d{3}"],
        "projects": [r"[A-Z][a-z]+ \d+, 20\d\d, \d+:\d\d [AP]M local time"],
    },
}
# The day behind the bars of the chart, and every time of a cell.
BAR = {"de-DE": r"\d+\. \w+\.? 20\d\d$", "zh-CN": r"20\d\d年", "en-US": r"[A-Z][a-z]+ \d+, 20\d\d$"}
CELL = {"de-DE": r"\d\d:\d\d UTC", "zh-CN": r"\d\d:\d\d UTC", "en-US": r"\d+:\d\d [AP]M UTC"}


def in_languages(browser, daemon, pages):
    """The faults found. `pages` has an address for each name."""
    faults = []
    for locale, seen in SEEN.items():
        with Reader(browser, daemon.origin, Look(locale=locale)) as reader:
            sign_in(reader, daemon)
            for name, patterns in seen.items():
                reader.open(pages[name])
                text = re.sub(r"[\u00a0\u202f\u2009]", " ", reader.page.locator("main").inner_text())
                faults += [
                    f"{pages[name]} for {locale}: nothing like {pattern!r} in {text[:400]!r}"
                    for pattern in patterns
                    if not re.search(pattern, text)
                ]
                if name == "day" and not re.search(CELL[locale], text):
                    faults.append(f"{pages[name]} for {locale}: no time of a photo like {CELL[locale]!r}")
            reader.open("/")
            title = reader.page.locator(".activity title").first.evaluate("(title) => title.textContent")
            if not re.search(BAR[locale], title):
                faults.append(f"/ for {locale}: the chart says {title!r}")
            faults += reader.faults
    return faults
