# SPDX-License-Identifier: AGPL-3.0-or-later
"""GET /catalogue, GET and POST /orders, a WebSocket at /live; GET /healthz and /ready.

Told to end, it takes no more requests, finishes those that it has, and says goodbye to every page.
"""

import json
import os
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fleet.live import TEXT, Live, accept_key
from fleet.redis import Redis

CATALOGUE = json.loads(Path("catalogue.json").read_text())
# The rollout makes this file before it stops the container: no new requests, please.
DRAIN = Path("/tmp/drain")
ending = threading.Event()


def health():
    """Whether the queue and the database can be reached, each by name."""
    state = {}
    try:
        with Redis(timeout=2) as redis:
            state["redis"] = redis("PING") == "PONG"
    except OSError:
        state["redis"] = False
    try:
        address = (os.environ.get("DATABASE_HOST", "postgres"), 5432)
        socket.create_connection(address, timeout=2).close()
        state["postgres"] = True
    except OSError:
        state["postgres"] = False
    return state


def count(redis):
    """How many orders wait and are done."""
    return {"waiting": redis("LLEN", "orders"), "done": int(redis("GET", "orders:done") or 0)}


class Handler(BaseHTTPRequestHandler):
    # A client that says nothing must not keep the server from ending.
    timeout = 20

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/healthz":
            state = health()
            self.answer(200 if all(state.values()) else 503, state)
        elif url.path == "/ready":
            self.answer(503 if DRAIN.exists() else 200, {"ready": not DRAIN.exists()})
        elif url.path == "/catalogue":
            self.answer(200, {"currency": os.environ["CURRENCY"], "items": CATALOGUE})
        elif url.path == "/orders":
            self.orders(parse_qs(url.query))
        elif url.path == "/live" and "Sec-WebSocket-Key" in self.headers:
            self.live()
        else:
            self.answer(404, {"error": "not found"})

    def do_POST(self):
        order = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path != "/orders":
            self.answer(404, {"error": "not found"})
        elif order not in {item["id"] for item in CATALOGUE}:
            self.answer(422, {"error": "no such item"})
        else:
            with Redis() as redis:
                redis("RPUSH", "orders", order)
            self.answer(202, {"ordered": order})

    def orders(self, query):
        """With ?wait=SECONDS the answer comes when the numbers change, or after that time."""
        end = time.monotonic() + min(float(query.get("wait", ["0"])[0]), 20)
        with Redis() as redis:
            first = now = count(redis)
            while now == first and time.monotonic() < end:
                time.sleep(0.1)
                now = count(redis)
        self.answer(200, now)

    def live(self):
        """Sends the numbers whenever they change, until the client or this server goes."""
        self.protocol_version = "HTTP/1.1"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept_key(self.headers["Sec-WebSocket-Key"]))
        self.end_headers()
        self.close_connection = True
        page, told = Live(self.connection, self.rfile), None
        with Redis() as redis:
            while page.is_open and not ending.is_set():
                now = count(redis)
                if now != told:
                    page.send(TEXT, json.dumps(now).encode())
                    told = now
                page.take(0.2)
        if page.is_open:
            page.close()

    def answer(self, status, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        """The proxy's checks come four times a second, and load by the thousand."""


class Server(ThreadingHTTPServer):
    # Ending waits for the requests that are being answered.
    daemon_threads = False
    request_queue_size = 128


def main():
    server = Server(("", 8000), Handler)

    def end(*_):
        ending.set()
        # From another thread: it waits for the loop below, which this one is in.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    print("listening on port 8000")
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
