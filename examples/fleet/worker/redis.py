# SPDX-License-Identifier: AGPL-3.0-or-later
"""The few words of the Redis protocol that the shop needs."""

import os
import socket


class Redis:
    """One connection to the server that REDIS_HOST names."""

    def __init__(self, timeout=5):
        address = (os.environ.get("REDIS_HOST", "redis"), 6379)
        self.socket = socket.create_connection(address, timeout=timeout)
        self.replies = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.replies.close()
        self.socket.close()

    def __call__(self, *words):
        """Sends one command and returns its reply."""
        parts = [str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts)
        for part in parts:
            request += b"$%d\r\n%s\r\n" % (len(part), part)
        self.socket.sendall(request)
        return self._reply()

    def _reply(self):
        line = self.replies.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        kind, value = line[:1], line[1:-2]
        if kind == b"+":
            return value.decode()
        if kind == b"-":
            raise RuntimeError(value.decode())
        if kind == b":":
            return int(value)
        if int(value) < 0:
            return None
        if kind == b"$":
            return self.replies.read(int(value) + 2)[:-2].decode()
        return [self._reply() for _ in range(int(value))]
