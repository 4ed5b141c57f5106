# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs commands one at a time and says what they cost: wall time, processor time, memory, calls.

Knows nothing of what it runs. Peers take turns (A B A B), so that a change in the machine's load
meets them alike; what is told of several rounds is their median.
"""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time


class CommandFailed(Exception):
    """A measured command did not do its work, so its time says nothing."""


class Sample:
    """What one run cost, in seconds."""

    def __init__(self, wall, cpu, memory):
        self.wall = wall
        self.cpu = cpu
        self.memory = memory


class Peer:
    """One command that takes part in a comparison.

    `prepare`, called before each run with the number of the round, is not measured.
    """

    def __init__(self, label, words, directory, environment=None, prepare=None, says=None):
        self.label = label
        self.words = [str(word) for word in words]
        self.directory = str(directory)
        self.environment = environment or dict(os.environ)
        self.prepare = prepare
        self.says = says
        self.samples = []
        self.memory = None
        self.output = ""

    def run(self):
        """Runs the command once; its processor time is that of all its children too."""
        with tempfile.TemporaryFile() as log:
            start = time.monotonic()
            child = subprocess.Popen(
                self.words, cwd=self.directory, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            self._check(child.returncode, log)
        # Kilobytes on Linux, bytes on macOS.
        scale = 1024 if os.uname().sysname == "Linux" else 1
        return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale)

    def _check(self, code, log):
        end = log.seek(0, os.SEEK_END)
        log.seek(max(0, end - 4000))
        self.output = log.read().decode(errors="replace")
        if code != 0:
            raise CommandFailed(f"`{' '.join(self.words)}` ended with {code}:\n{self.output}")
        if self.says and self.says not in self.output:
            raise CommandFailed(
                f"`{' '.join(self.words)}` did not say `{self.says}`:\n{self.output}")

    def measure_memory(self, number):
        """The largest resident size of the process and its children, in bytes.

        Told by `time`, because a child of this interpreter counts the interpreter's memory as its own.
        """
        program = shutil.which("time")
        if not program or os.uname().sysname != "Linux":
            return
        if self.prepare:
            self.prepare(number)
        with tempfile.NamedTemporaryFile() as told, tempfile.TemporaryFile() as log:
            code = subprocess.call(
                [program, "-q", "-f", "%M", "-o", told.name] + self.words, cwd=self.directory,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self._check(code, log)
            self.memory = int(told.read().split()[-1]) * 1024

    @property
    def wall(self):
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def cpu(self):
        return statistics.median(sample.cpu for sample in self.samples)

    @property
    def spread(self):
        """The least and the greatest wall time."""
        walls = [sample.wall for sample in self.samples]
        return min(walls), max(walls)


def compare(peers, rounds, warm_up=1, memory=True):
    """Runs the peers in turn; the rounds of the warm-up are thrown away.

    Memory takes one run more; without it, what a run took is used if it is far above what this
    interpreter takes.
    """
    for number in range(warm_up + rounds):
        for peer in peers:
            if peer.prepare:
                peer.prepare(number)
            sample = peer.run()
            if number >= warm_up:
                peer.samples.append(sample)
    if memory:
        for peer in peers:
            peer.measure_memory(warm_up + rounds)
    else:
        for peer in peers:
            most = max(sample.memory for sample in peer.samples)
            peer.memory = most if most > 64 << 20 else None
    return peers


# The names that one look at a path goes by.
STAT_CALLS = {"stat", "lstat", "fstat", "newfstatat", "fstatat64", "statx"}


def calls(peer):
    """System calls of one run by all its processes: (looks at paths, all others); None if untold."""
    program = shutil.which("strace")
    if not program:
        return None
    with tempfile.NamedTemporaryFile() as told:
        code = subprocess.call(
            [program, "-f", "-c", "-o", told.name] + peer.words, cwd=peer.directory,
            env=peer.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        if code != 0:
            return None
        text = told.read().decode()
    looks = others = 0
    for line in text.splitlines():
        found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if not found or found[2] == "total":
            continue
        if found[2] in STAT_CALLS:
            looks += int(found[1])
        else:
            others += int(found[1])
    return looks, others
