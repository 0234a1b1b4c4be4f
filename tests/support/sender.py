"""What stands around a Keepmark in a container without a network: an image host, and senders to the hook.

    sender.py host PHOTO PORT             serves one photo under any path, each time with bytes of its own
    sender.py post HOOK EVENT_ID LINK     one delivery
    sender.py archived TOKEN EVENT_ID     waits until the photo of that event is archived
    sender.py storm HOOK LINK TOKEN COUNT restarts the service COUNT times while a hundred deliveries a second come

Uses nothing beyond Python's own library. Exits with 1 and a sentence when what it waits for does not happen.
"""

import asyncio
import collections
import http.server
import json
import sys
import time
import urllib.request

ADDRESS, PORT = "127.0.0.1", 8470
POSTS_PER_SECOND = 100
# Every so many deliveries of a storm announce a photo; the others are events that are kept and nothing more.
PHOTO_EVERY = 50
# Longer than a stop and a start take on a busy machine, and shorter than a sender's patience ought to be.
ANSWER_SECS = 30
ARCHIVED_SECS = 120


def host(photo, port):
    with open(photo, "rb") as file:
        image = file.read()

    class Photo(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            # A comment right after the start of the image: other bytes, the same picture.
            comment = self.path.encode()
            body = image[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + image[2:]
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http.server.ThreadingHTTPServer((ADDRESS, int(port)), Photo).serve_forever()


def announcement(event_id, link):
    return {
        "event_type": "photo.uploaded",
        "event_id": event_id,
        "group_name": "Group Scenery",
        "project_name": "Project Sunrise",
        "photo_code": "",
        "photo_name": f"{event_id}.jpg",
        "photo_url": f"{link}/{event_id}.jpg",
        "photo_timestamp": "2025-12-11T18:45:00Z",
        "member": {"member_name": "Alice Chen"},
    }


async def post(hook, event):
    """The status of the answer, or the name of what went wrong. A connection of its own, as senders make them."""
    body = json.dumps(event).encode()
    head = f"POST {hook} HTTP/1.1\r\nHost: {ADDRESS}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def exchange():
        reader, writer = await asyncio.open_connection(ADDRESS, PORT)
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        return answer.split(b" ", 2)[1].decode() if answer else "closed without an answer"

    try:
        return await asyncio.wait_for(exchange(), ANSWER_SECS)
    except (OSError, TimeoutError, asyncio.TimeoutError) as error:
        return type(error).__name__


def deliveries(token):
    """All that the catalogue has, by the API."""
    found, after = [], ""
    while after is not None:
        request = urllib.request.Request(f"http://{ADDRESS}:{PORT}/api/v1/deliveries?limit=200{after}")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=ANSWER_SECS) as answer:
            page = json.load(answer)
        found += page["deliveries"]
        after = page["next"] and f"&after={page['next']}"
    return found


def wait_until_archived(token, event_ids):
    end = time.monotonic() + ARCHIVED_SECS
    while True:
        found = {delivery["event_id"]: delivery for delivery in deliveries(token)}
        open_ones = [found.get(id) for id in event_ids if id not in found or found[id]["state"] != "done"]
        if not open_ones:
            return
        if time.monotonic() > end:
            sys.exit(f"{len(open_ones)} photos are not archived after {ARCHIVED_SECS} s, among them {open_ones[0]}")
        time.sleep(0.2)


async def restart(count):
    """Restarts the service as an administrator does; the seconds that each took."""
    took = []
    for _ in range(count):
        await asyncio.sleep(0.3)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec("systemctl", "restart", "keepmark")
        if await process.wait() != 0:
            sys.exit("systemctl restart keepmark failed")
        took.append(time.monotonic() - began)
    return took


async def posts_during(work, hook, link):
    """Posts until the work is done: the answer to each event, by its id, with the seconds it took."""
    answers = {}

    async def one(number):
        id = f"storm-{number}"
        event = announcement(id, link) if number % PHOTO_EVERY == 0 else {"event_type": "other", "event_id": id}
        began = time.monotonic()
        answers[id] = (await post(hook, event), time.monotonic() - began)

    began, posts = time.monotonic(), []
    while not work.done():
        posts.append(asyncio.create_task(one(len(posts))))
        await asyncio.sleep(max(0, began + len(posts) / POSTS_PER_SECOND - time.monotonic()))
    await asyncio.gather(*posts)
    return answers, time.monotonic() - began


async def storm(hook, link, token, count):
    work = asyncio.create_task(restart(count))
    answers, seconds = await posts_during(work, hook, link)
    restarts = work.result()
    longest = max(took for _, took in answers.values())
    print(
        f"{len(answers)} posts, {len(answers) / seconds:.0f} a second, during {count} restarts of {min(restarts):.1f} "
        f"to {max(restarts):.1f} s; the longest waited {longest:.1f} s for its answer"
    )
    unwell = collections.Counter(answer for answer, _ in answers.values() if answer != "200")
    if unwell:
        sys.exit(f"not all were acknowledged: {dict(unwell)}")
    if len(answers) < count * POSTS_PER_SECOND * 0.3:
        sys.exit("too few posts for a storm")
    kept = collections.Counter(delivery["event_id"] for delivery in deliveries(token))
    lost = [id for id in answers if kept[id] == 0]
    twice = [id for id in answers if kept[id] > 1]
    if lost or twice:
        sys.exit(f"acknowledged and lost: {len(lost)} {lost[:5]}; kept more than once: {len(twice)} {twice[:5]}")
    photos = [f"storm-{number}" for number in range(0, len(answers), PHOTO_EVERY)]
    wait_until_archived(token, photos)
    print(f"each is in the catalogue once, and all {len(photos)} photos among them are archived")


match sys.argv[1:]:
    case ["host", photo, port]:
        host(photo, port)
    case ["post", hook, event_id, link]:
        answer = asyncio.run(post(hook, announcement(event_id, link)))
        if answer != "200":
            sys.exit(f"the hook answered {answer}")
    case ["archived", token, event_id]:
        wait_until_archived(token, [event_id])
    case ["storm", hook, link, token, count]:
        asyncio.run(storm(hook, link, token, int(count)))
    case _:
        sys.exit(__doc__)
