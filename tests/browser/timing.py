"""How soon pages show something, and how long scripts keep them from answering; measured in Chromium, as a table.

First contentful paint is the browser's own (W3C Paint Timing); total blocking time is what of each long task is over
50 ms (W3C Long Tasks) until the page has been loaded for a while. A phone in the field is a processor four times
slower behind 1.6 Mbit/s and 150 ms, as Lighthouse has it.
"""

import statistics

from browser import Look, Reader
from pages import crawl
from people import sign_in

LOADS = 5
# Long enough for what a page does after it is loaded.
QUIET_MS = 300
PAGES = ("projects", "project", "day", "photo")
OBSERVE_JS = """() => {
  window.blocked = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.blocked += Math.max(0, duration - 50);
  }).observe({ type: 'longtask', buffered: true });
}"""
PAINTED_JS = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
MEASURED_JS = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  blocked: window.blocked,
  bytes: performance.getEntries().reduce((sum, { transferSize }) => sum + (transferSize ?? 0), 0),
})"""
# What is called slow where a fault is planted. The table is told, not judged: machines are shared.
PAINT_MAX, BLOCKED_MAX = {"desk": 2000, "phone": 5000}, {"desk": 200, "phone": 500}
LOOKS = {"desk": Look(), "phone": Look(390)}


def observe(reader):
    """From now on every page counts how long it is blocked."""
    reader.context.add_init_script(f"({OBSERVE_JS})()")


def slow(name, who, took):
    if took["paint"] > PAINT_MAX[who] or took["blocked"] > BLOCKED_MAX[who]:
        yield f"the {name} page is slow at the {who}: {took['paint']:.0f} ms, and {took['blocked']:.0f} ms blocked"


def slow_down(page):
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    bytes_a_second = 1.6e6 / 8
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 150,
            "downloadThroughput": bytes_a_second,
            "uploadThroughput": bytes_a_second / 2,
        },
    )
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})


def measure(reader, path, loads=LOADS):
    """Medians over some loads."""
    found = []
    for _ in range(loads):
        reader.page.goto("about:blank")
        reader.open(path)
        reader.page.wait_for_function(PAINTED_JS)
        reader.page.wait_for_timeout(QUIET_MS)
        found.append(reader.page.evaluate(MEASURED_JS))
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def timing(browser, daemon):
    """The faults found, and the table in Markdown."""
    faults = []
    with Reader(browser, daemon.origin) as reader:
        sign_in(reader, daemon)
        pages, _ = crawl(reader)
    head = "| page | reader | first contentful paint | total blocking time | transferred |"
    rows = [head, "|---|---|---:|---:|---:|"]
    for who, look in LOOKS.items():
        with Reader(browser, daemon.origin, look) as reader:
            sign_in(reader, daemon)
            observe(reader)
            if who == "phone":
                slow_down(reader.page)
            for name in PAGES:
                took = measure(reader, pages[name][0])
                paint, blocked = round(took["paint"]), round(took["blocked"])
                rows.append(f"| {name} | {who} | {paint} ms | {blocked} ms | {took['bytes'] / 1000:.0f} kB |")
            faults += reader.faults
    return faults, "\n".join(rows)
