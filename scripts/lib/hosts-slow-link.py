#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries Ethernet frames between two TAP devices, each way delayed, unsteady and lossy.

hosts-slow-link.py NEAR FAR [--delay MS] [--jitter MS] [--loss PERCENT]

Says `ready` once both devices are open. Frames keep their order: jitter never lets one overtake.
"""

import argparse
import collections
import fcntl
import os
import random
import select
import struct
import sys
import time

SET_INTERFACE, TAP, NO_HEADER = 0x400454CA, 2, 0x1000
# What a real link's buffers would hold at most; beyond it frames are lost.
LONGEST_QUEUE = 20000


def open_tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, SET_INTERFACE, struct.pack("16sH22x", name.encode(), TAP | NO_HEADER))
    return device


def send_due(queues):
    """Writes the frames whose time has come; returns when the next one is due."""
    now, following = time.monotonic(), None
    for device, queue in queues.items():
        while queue and queue[0][0] <= now:
            try:
                os.write(device, queue.popleft()[1])
            except OSError:
                pass  # the device's own queue is full: the frame is lost, as on a link
        if queue:
            following = queue[0][0] if following is None else min(following, queue[0][0])
    return following


def receive(device, queue, options, last):
    """Takes the frames that wait at a device; returns when the last of them is due."""
    for _ in range(64):
        try:
            frame = os.read(device, 65536)
        except OSError:
            break
        if options.loss and random.random() * 100 < options.loss:
            continue
        jitter = random.uniform(-options.jitter, options.jitter) if options.jitter else 0
        last = max(last, time.monotonic() + (options.delay + jitter) / 1000)
        if len(queue) < LONGEST_QUEUE:
            queue.append((last, frame))
    return last


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("near")
    parser.add_argument("far")
    for name in ("--delay", "--jitter", "--loss"):
        parser.add_argument(name, type=float, default=0)
    options = parser.parse_args()
    near, far = open_tap(options.near), open_tap(options.far)
    print("ready", flush=True)
    other = {near: far, far: near}
    queues = {near: collections.deque(), far: collections.deque()}  # by the device written to
    last = {near: 0.0, far: 0.0}
    poll = select.poll()
    poll.register(near, select.POLLIN)
    poll.register(far, select.POLLIN)
    while True:
        due = send_due(queues)
        wait = None if due is None else int(max(0, (due - time.monotonic()) * 1000) + 0.999)
        for device, event in poll.poll(wait):
            if event & (select.POLLERR | select.POLLHUP) and not event & select.POLLIN:
                sys.exit(0)
            to = other[device]
            last[to] = receive(device, queues[to], options, last[to])


if __name__ == "__main__":
    main()
