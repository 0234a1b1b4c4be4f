"""The daemon as a process, on the state of an archive in a scratch folder.

Never a part of the daemon replaced: the same program, hook, store and pages as in use.
"""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time
import urllib.request

# Longer than a busy machine needs, and short enough for a test that hangs.
START_SECS, SETTLE_SECS = 30, 120

# Loopback traffic never goes through a proxy of the machine.
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Archive:
    """A scratch folder with the state of one archive, and the configuration of the daemons that run on it."""

    def __init__(self, program, folder):
        self.program, self.folder = str(program), folder
        self.config, self.state = folder / "keepmark.toml", folder / "state"
        folder.mkdir(parents=True)
        self.config.write_text(
            f'state_dir = "{self.state}"\n[server]\nlisten = ["127.0.0.1:0"]\n'
            '[fetch]\nallow_http = true\nallow_networks = ["127.0.0.0/8"]\n'
        )

    @classmethod
    def of_demo(cls, program, folder):
        """What `keepmark demo` leaves behind: twelve painted photos of three projects, archived."""
        archive = cls(program, folder)
        archive.run("demo", TMPDIR=folder)
        (state,) = folder.glob("keepmark-demo-*/state")
        state.rename(archive.state)
        # For the page of an audit. One that has found something: a stranger lies in the bucket.
        (archive.state / "archive" / "stranger.txt").write_text("not ours")
        archive.run("audit", "--all", exit_code=1)
        archive.run("audit", "--sample", "3")
        return archive

    def copy(self, folder):
        """The same once more, for somebody else."""
        copied = Archive(self.program, folder)
        shutil.copytree(self.state, copied.state)
        return copied

    def variables(self, **more):
        ours = {name: value for name, value in os.environ.items() if not name.startswith("KEEPMARK")}
        return ours | {"KEEPMARK_CONFIG": str(self.config)} | {name: str(value) for name, value in more.items()}

    def run(self, *arguments, exit_code=0, **variables):
        """What a command prints; a command that ends in another way than it should ends the test with its own words."""
        done = subprocess.run(
            [self.program, *arguments], env=self.variables(**variables), capture_output=True, text=True, check=False
        )
        if done.returncode != exit_code:
            raise RuntimeError(f"keepmark {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def hurry(self):
        """Makes waiting jobs due now."""
        opened = sqlite3.connect(self.state / "keepmark.db", timeout=START_SECS)
        with contextlib.closing(opened) as catalogue, catalogue:
            catalogue.execute("UPDATE job SET due_at = 0 WHERE state = 'scheduled'")

    def small_pictures(self):
        """The derived images of what is archived: real pictures of 360 pixels, quick to decode."""
        return [path.read_bytes() for path in sorted((self.state / "archive" / "derived").glob("*/*/360.jpg"))]


class Daemon:
    """A running daemon, stopped at the end of the `with` block."""

    def __init__(self, archive):
        self.archive = archive
        # The cookies of whoever has signed in, for those who come after.
        self.session = None

    def __enter__(self):
        self.log = open(self.archive.folder / "log", "w+", encoding="utf-8")
        command = [self.archive.program, "serve"]
        self.process = subprocess.Popen(command, env=self.archive.variables(), stderr=self.log)
        self.origin = self.until(START_SECS, "the daemon did not start", self._listening)
        lines = (self.archive.state / "hook-tokens").read_text().splitlines()
        self.hook = f"{self.origin}/hooks/timemark/{[line for line in lines if not line.startswith('#')][-1]}"
        self.token = self.archive.run("token", "create", "browser-tests", "--role", "admin")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def _listening(self):
        found = re.search(r'listening"?[=:]"(http://[^"]+)"', self._said())
        return found and found[1]

    def _said(self):
        with open(self.log.name, encoding="utf-8") as log:
            return log.read()

    def until(self, seconds, trouble, look):
        """Asks again and again, and gives what it gets; fails when the time is over or the daemon gone."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if found := look():
                return found
            time.sleep(0.05)
        raise RuntimeError(f"{trouble}:\n{self._said()}")

    def deliver(self, *bodies):
        """Posts deliveries; bytes go as they are."""
        for body in bodies:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            with direct.open(urllib.request.Request(self.hook, data=raw)) as answer:
                answer.read()

    def api(self, path):
        request = urllib.request.Request(f"{self.origin}/api/v1/{path}")
        request.add_header("Authorization", f"Bearer {self.token}")
        with direct.open(request) as answer:
            return json.load(answer)

    def original(self, photo):
        """The bytes of a photo, by its id."""
        request = urllib.request.Request(f"{self.origin}/api/v1/photos/{photo}/original")
        request.add_header("Authorization", f"Bearer {self.token}")
        with direct.open(request) as answer:
            return answer.read()

    def walk(self, name, query=""):
        """All entries of a list of the API."""
        found, after = [], ""
        while after is not None:
            page = self.api(f"{name}?limit=200{query}{after}")
            found += page[name]
            after = page["next"] and f"&after={page['next']}"
        return found

    def settle(self, waiting=0):
        """Waits until no more than so many jobs wait for a later try."""

        def is_settled():
            queue = self.api("queue")
            return queue["ready"] == queue["leased"] == 0 and queue["scheduled"] + queue["held"] <= waiting

        self.until(SETTLE_SECS, "the queue does not come to rest", is_settled)


def announcement(number, link, **more):
    """A delivery as Timemark sends it, each of another event, code and minute."""
    return {
        "event_type": "photo.uploaded",
        "event_id": f"browser-{number}",
        "group_name": "Group Scenery",
        "project_name": "Project Sunrise",
        "photo_code": f"B{number:013}",
        "photo_name": f"2025-12-11 13.45.00_{number} Central Park, New York.jpg",
        "photo_url": link,
        "photo_timestamp": f"2025-12-11T{8 + number // 60 % 12:02}:{number % 60:02}:00Z",
        "photo_location": {
            "location_name": "Central Park, New York, USA",
            "location_latitude": "40.785091",
            "location_longitude": "-73.968285",
        },
        "member": {
            "member_name": "Alice Chen",
            "member_short_name": "Alice",
            "member_contact": "alice.chen@example.com",
        },
        "device_model": "Apple iPhone 14 Pro Max",
        "custom_notes": [{"title": "Level", "content": "Slab 9 poured"}],
    } | more
