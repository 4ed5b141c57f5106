# SPDX-License-Identifier: AGPL-3.0-or-later
"""As much of the WebSocket protocol (RFC 6455) as pushing short texts to a page needs."""

import base64
import hashlib
import select
import struct

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
GOING_AWAY = 1001


def accept_key(key):
    """What the server answers to a client's key."""
    told = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(told.encode()).digest()).decode()


class Live:
    """One open connection, after the handshake."""

    def __init__(self, connection, reader):
        self.connection = connection
        self.reader = reader
        self.is_open = True

    def send(self, kind, payload):
        """Sends one frame of at most 65,535 bytes."""
        size = len(payload)
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
        self.connection.sendall(bytes([0x80 | kind]) + length + payload)

    def take(self, seconds):
        """Answers what the client sends within the time; at its end, or when it goes, returns."""
        if not select.select([self.connection], [], [], seconds)[0]:
            return
        head = self.reader.read(2)
        if len(head) < 2:
            self.is_open = False
            return
        kind, size = head[0] & 0x0F, head[1] & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.reader.read(2))[0]
        mask = self.reader.read(4)
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.reader.read(size)))
        if kind == PING:
            self.send(PONG, payload)
        elif kind == CLOSE:
            self.send(CLOSE, payload[:2])
            self.is_open = False

    def close(self):
        """Says goodbye, and waits for the client to say so too."""
        self.send(CLOSE, struct.pack(">H", GOING_AWAY))
        for _ in range(50):
            if not self.is_open:
                return
            self.take(0.1)
