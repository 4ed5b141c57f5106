# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clients that a rollout must not hurt, beside the many short requests of wrk: slow requests, and
web sockets that send something every tenth of a second and expect it back.

usage: load.py HOST:PORT SLOW-PATH SOCKET-PATH

Runs until it is told to end (SIGTERM), then prints one line of JSON: how many of each, and the
failures as texts. A socket that the server closes with "going away" is opened again at once; one
that ends in any other way, or an answer that stays out for five seconds, is a failure.
"""

import base64
import http.client
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

SLOW_CLIENTS, SOCKETS = 8, 4
ending = threading.Event()
guard = threading.Lock()
told = {"slow": 0, "answers": 0, "sockets": 0, "goodbyes": 0, "failures": []}


def note(name):
    with guard:
        told[name] += 1


def failed(what, error):
    with guard:
        told["failures"].append(f"{time.time():.2f} {what}: {type(error).__name__} {error}")


def slow_requests(address, path):
    """One after another, each over a connection of its own; those begun are waited for."""
    while not ending.is_set():
        try:
            connection = http.client.HTTPConnection(address, timeout=30)
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"status {answer.status}")
            note("slow")
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            failed("slow request", error)
            time.sleep(0.1)
        finally:
            connection.close()


class Socket:
    """One web socket, from its handshake on."""

    def __init__(self, address, path):
        host, _, port = address.partition(":")
        self.connection = socket.create_connection((host, int(port)), timeout=5)
        key = base64.b64encode(os.urandom(16)).decode()
        self.connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            .encode())
        self.reader = self.connection.makefile("rb")
        status = self.reader.readline().decode().strip()
        if " 101 " not in status + " ":
            raise RuntimeError(f"handshake: {status or 'no answer'}")
        while self.reader.readline().strip():
            pass

    def send(self, kind, payload):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.connection.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + mask + masked)

    def take(self):
        """The next frame: its kind and its content."""
        head = self.reader.read(2)
        if len(head) < 2:
            raise RuntimeError("closed without a goodbye")
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.reader.read(2))[0]
        return head[0] & 0x0F, self.reader.read(size)


def sockets(address, path):
    number = 0
    while not ending.is_set():
        try:
            live = Socket(address, path)
            note("sockets")
            is_open = True
            while is_open and not ending.is_set():
                number += 1
                sent = str(number).encode()
                live.send(9, sent)
                while True:
                    kind, content = live.take()
                    if kind == 8:
                        live.send(8, content[:2])
                        code = struct.unpack(">H", content[:2])[0] if content else 0
                        if code != 1001:
                            raise RuntimeError(f"closed with {code}")
                        note("goodbyes")
                        is_open = False
                        break
                    if kind == 10 and content == sent:
                        note("answers")
                        break
                time.sleep(0.1)
            live.connection.close()
        except (OSError, RuntimeError) as error:
            failed("socket", error)
            time.sleep(0.1)


def main():
    address, slow, live = sys.argv[1:4]
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    workers = [threading.Thread(target=slow_requests, args=(address, slow))
               for _ in range(SLOW_CLIENTS)]
    workers += [threading.Thread(target=sockets, args=(address, live)) for _ in range(SOCKETS)]
    for worker in workers:
        worker.start()
    ending.wait()
    for worker in workers:
        worker.join()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
