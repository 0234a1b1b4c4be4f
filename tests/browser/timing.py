"""How soon pages show something, and how long scripts keep them from answering; measured in Chromium, printed as a table.

First contentful paint is the browser's own (W3C Paint Timing); total blocking time is what of each long task is over
50 ms (W3C Long Tasks), from the first paint until a second after the page is loaded. A phone in the field is a processor
four times slower behind 1.6 Mbit/s and 150 ms, as Lighthouse has it.
"""

import statistics

from browser import Look, Reader
from people import sign_in

LOADS = 5
PAGES = ("projects", "project", "day", "photo")
OBSERVE_JS = """() => {
  window.blocked = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.blocked += Math.max(0, duration - 50);
  }).observe({ type: 'longtask', buffered: true });
}"""
MEASURED_JS = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  blocked: window.blocked,
  bytes: performance.getEntries().reduce((sum, { transferSize }) => sum + (transferSize ?? 0), 0),
})"""
# Milliseconds within which a page must have shown something: generous, as the machine may be busy.
PAINT_MAX, BLOCKED_MAX = {"desk": 2000, "phone": 5000}, {"desk": 200, "phone": 500}
LOOKS = {"desk": Look(), "phone": Look(390)}


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


def measure(reader, path):
    """Medians over some loads."""
    found = []
    for _ in range(LOADS):
        reader.page.goto("about:blank")
        reader.open(path)
        reader.page.wait_for_timeout(1000)
        found.append(reader.page.evaluate(MEASURED_JS))
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def timing(browser, daemon, pages):
    """The faults found, and the table in Markdown. `pages` are paths by the name of their page."""
    faults = []
    rows = ["| page | reader | first contentful paint | total blocking time | transferred |", "|---|---|---:|---:|---:|"]
    for who, look in LOOKS.items():
        with Reader(browser, daemon.origin, look) as reader:
            sign_in(reader, daemon)
            reader.context.add_init_script(f"({OBSERVE_JS})()")
            if who == "phone":
                slow_down(reader.page)
            for name in PAGES:
                took = measure(reader, pages[name][0])
                paint, blocked = round(took["paint"]), round(took["blocked"])
                rows.append(f"| {name} | {who} | {paint} ms | {blocked} ms | {took['bytes'] / 1000:.0f} kB |")
                if paint > PAINT_MAX[who] or blocked > BLOCKED_MAX[who]:
                    faults.append(f"the {name} page is slow at the {who}: {paint} ms, and {blocked} ms blocked")
            faults += reader.faults
    return faults, "\n".join(rows)
