"""An image host on this machine: what a delivery's link leads to.

Never the archive itself: it serves what it is given under any name, and remembers who asked for what.
"""

import http.server
import struct
import threading
import zlib


class Host:
    """Serves bodies by path; anything else is 404. `asked` holds every path in the order of requests."""

    def __init__(self):
        self.bodies, self.asked = {}, []
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                host.asked.append(self.path)
                kind, body = host.bodies.get(self.path, ("text/plain", None))
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def serve(self, path, body, kind="image/jpeg"):
        """The link under which the body now lies."""
        self.bodies[path] = (kind, body)
        return self.origin + path


def with_comment(jpeg, comment):
    """The same picture in other bytes: a comment segment behind the start (ITU-T T.81, B.2.4.5)."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


def png(number):
    """A small picture of its own for each number: eight by six fields of grey, of eight pixels each."""

    def field(column, row):
        return (number * 7919 + column * 104_729 + row * 1_299_709) * 2_654_435_761 >> 24 & 0xFF

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes(field(x // 8, y // 8) for x in range(64)) for y in range(48))
    head = struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"tEXt", b"Comment\0%d" % number) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def with_exif(picture, text):
    """A PNG whose EXIF block says the text as description, make, model, software, time and artist (TIFF 6.0)."""
    tags = [0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B]
    value = text.encode("utf-8", "surrogatepass") + b"\0"
    value += b"\0" * max(0, 5 - len(value))
    # The values lie behind the directory: its count, twelve bytes a tag, and the end of the chain.
    place = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack(">HHII", tag, 2, len(value), place) for tag in tags)
    tiff = b"MM\0*" + struct.pack(">IH", 8, len(tags)) + entries + b"\0\0\0\0" + value
    chunk = struct.pack(">I", len(tiff)) + b"eXIf" + tiff + struct.pack(">I", zlib.crc32(b"eXIf" + tiff))
    # Behind the signature and the header chunk.
    return picture[:33] + chunk + picture[33:]
