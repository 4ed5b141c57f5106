# SPDX-License-Identifier: AGPL-3.0-or-later
"""GET /catalogue, GET /orders, POST /orders, and GET /healthz."""

import json
import os
import signal
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from fleet.redis import Redis

CATALOGUE = json.loads(Path("catalogue.json").read_text())


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


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/healthz":
            state = health()
            self.answer(200 if all(state.values()) else 503, state)
        elif self.path == "/catalogue":
            self.answer(200, {"currency": os.environ["CURRENCY"], "items": CATALOGUE})
        elif self.path == "/orders":
            with Redis() as redis:
                waiting, done = redis("LLEN", "orders"), int(redis("GET", "orders:done") or 0)
            self.answer(200, {"waiting": waiting, "done": done})
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

    def answer(self, status, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print("listening on port 8000")
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()


if __name__ == "__main__":
    main()
