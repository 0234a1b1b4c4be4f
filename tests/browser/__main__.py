"""Drives a real browser over a real daemon and its demo: `python tests/browser DAEMON SCREENSHOTS [PART…]`.

Exits with 1 if anything is not as it should be, after a line for each fault.
"""

import collections
import concurrent.futures
import pathlib
import re
import sys
import tempfile
import time

from accessible import accessible
from browser import LOOKS, Reader, chromium
from daemon import Archive, Daemon
from disguised import disguised
from host import Host
from injections import injections
from keyboard import by_keyboard
from languages import in_languages
from pages import crawl
from planted import planted_faults
from people import sign_in
from timing import timing
from walk import walk

# Faults of one kind come in hundreds; a few show where to look.
SHOWN_MAX = 3


def report(name, seconds, faults, words):
    if words:
        print(words)
    print(f"{name}: {'well' if not faults else f'{len(faults)} faults'}, {seconds:.0f} s", flush=True)
    kinds = collections.defaultdict(list)
    for fault in faults:
        kinds[re.sub(r"\d+|'.*'", "…", fault.partition(": ")[2])].append(fault)
    for alike in kinds.values():
        for fault in alike[:SHOWN_MAX]:
            print(f"  {fault[:600]}")
        if len(alike) > SHOWN_MAX:
            print(f"  and {len(alike) - SHOWN_MAX} more alike")


class Tests:
    """The parts, each with a daemon and a browser of its own, so that two run at a time."""

    def __init__(self, program, folder, screenshots):
        self.program, self.folder, self.screenshots = program, folder, screenshots
        self.demo = Archive.of_demo(program, folder / "demo")

    def new_archive(self):
        return Archive(self.program, pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "archive")

    def of_demo(self):
        return Daemon(self.demo.copy(pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "archive"))

    def way_with_script(self):
        return self.way([look for look in LOOKS if look.has_script])

    def way_without_script(self):
        return self.way([look for look in LOOKS if not look.has_script])

    def way(self, looks):
        with chromium() as browser, self.of_demo() as daemon:
            return walk(browser, self.new_archive, daemon, looks, self.screenshots), ""

    def axe(self):
        with chromium() as browser, self.of_demo() as daemon:
            return accessible(browser, daemon), ""

    def keyboard(self):
        with chromium() as browser, self.of_demo() as daemon:
            return by_keyboard(browser, daemon), ""

    def languages(self):
        with chromium() as browser, self.of_demo() as daemon:
            with Reader(browser, daemon.origin) as reader:
                sign_in(reader, daemon)
                pages, faults = crawl(reader, each_max=1)
            return faults + in_languages(browser, daemon, {name: found[0] for name, found in pages.items()}), ""

    def injections(self):
        with chromium() as browser, Daemon(self.new_archive()) as daemon, Host() as host:
            return injections(browser, daemon, host), ""

    def disguised(self):
        with chromium() as browser, Daemon(self.new_archive()) as daemon, Host() as host:
            return disguised(browser, daemon, host, self.demo.small_pictures()[0]), ""

    def planted(self):
        with chromium() as browser, self.of_demo() as daemon:
            return planted_faults(browser, daemon), ""

    def timing(self):
        with chromium() as browser, self.of_demo() as daemon:
            return timing(browser, daemon)

    # The long ones first; what measures time has the machine for itself.
    together = ("injections", "way_with_script", "way_without_script", "axe", "languages", "keyboard", "planted", "disguised")
    alone = ("timing",)


def timed(tests, name):
    began = time.monotonic()
    faults, words = getattr(tests, name)()
    return name, time.monotonic() - began, faults, words


def main(program, screenshots, names):
    screenshots = pathlib.Path(screenshots)
    screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tests, is_well = Tests(pathlib.Path(program).resolve(), pathlib.Path(folder), screenshots), True
        for group, workers in ((Tests.together, 2), (Tests.alone, 1)):
            with concurrent.futures.ProcessPoolExecutor(workers) as pool:
                asked = [pool.submit(timed, tests, name) for name in group if name in names or not names]
                for done in concurrent.futures.as_completed(asked):
                    report(*done.result())
                    is_well &= not done.result()[2]
    print(f"screenshots: {len(list(screenshots.glob('*.png')))} in {screenshots}")
    return 0 if is_well else 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
