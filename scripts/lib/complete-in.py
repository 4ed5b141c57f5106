#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Types a line and TAB into a real shell and waits for words: complete-in.py SETUP LINE WORD... -- SHELL...

SETUP is typed first; the words must show up after TAB was pressed. Ends with 1, and prints what the
shell showed, where they do not within half a minute.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

setup, line = sys.argv[1:3]
split = sys.argv.index("--")
words, shell = sys.argv[3:split], sys.argv[split + 1 :]
deadline = time.monotonic() + 30

child, terminal = pty.fork()
if child == 0:
    # In a dumb terminal fish shows no list.
    os.environ.update(TERM="xterm" if shell[0] == "fish" else "dumb", PS1="% ")
    os.execvp(shell[0], shell)

# Without a size, fish shows no list.
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))


def read_until(done):
    shown = ""
    while not done(shown):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        try:
            shown += os.read(terminal, 65536).decode("utf-8", "replace")
            shown = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\([A-Z0-9]|[>=])", " ", shown)
        except OSError:
            break
    return shown


# The mark is put together by the shell, so that what was typed is not taken for the answer.
os.write(terminal, (setup + "; echo REA''DY\n").encode())
before = read_until(lambda text: "READY" in text)
# A second TAB lists in bash; in fish it would choose.
os.write(terminal, (line + ("\t" if shell[0] == "fish" else "\t\t")).encode())
shown = read_until(lambda text: all(re.search(r"\b" + re.escape(word) + r"\b", text) for word in words))
missing = [word for word in words if not re.search(r"\b" + re.escape(word) + r"\b", shown)]
os.kill(child, 9)
if missing:
    print(f"no {' '.join(missing)} in:\n{before}{shown}")
    sys.exit(1)
