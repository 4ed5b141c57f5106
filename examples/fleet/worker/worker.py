# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes orders from the queue, one at a time, and counts those it has handled."""

import os
import signal
import time

from redis import Redis


def work():
    with Redis(timeout=30) as redis:
        print("waiting for orders")
        while True:
            order = redis("BLPOP", "orders", 5)
            if order:
                redis("INCR", "orders:done")
                print(f"handled an order for {order[1]}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while True:
        try:
            work()
        except OSError as error:
            print(f"lost the queue ({error}), trying again")
            time.sleep(1)


if __name__ == "__main__":
    main()
