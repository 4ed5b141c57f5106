# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns samples into tables: medians, ratios, memory, and the kind of machine they come from.

Names no host and no path: the tables are published.
"""

import datetime
import os
import platform
import re
import subprocess


def duration(seconds):
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.1:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.2f} s"


def size(count):
    if count is None:
        return "–"
    if count < 1 << 30:
        return f"{count / (1 << 20):.1f} MiB"
    return f"{count / (1 << 30):.2f} GiB"


def times(value):
    return f"{value:.0f} ×" if value >= 20 else f"{value:.1f} ×" if value >= 2 else f"{value:.2f} ×"


class Section:
    """One comparison: its table and what is to be said of it. The first peer is the measure."""

    def __init__(self, title, text):
        self.title = title
        self.text = text
        self.lines = []

    def table(self, peers):
        first = peers[0]
        several = len(peers) > 1
        head = ["", "wall", "least to most"]
        head += ["wall, ratio"] if several else []
        head += ["CPU"] + (["CPU, ratio"] if several else []) + ["memory", "rounds"]
        rows = []
        for peer in peers:
            low, high = peer.spread
            row = [peer.label, duration(peer.wall), f"{duration(low)} – {duration(high)}"]
            row += [times(peer.wall / first.wall)] if several else []
            row += [duration(peer.cpu)]
            row += [times(peer.cpu / max(first.cpu, 1e-6))] if several else []
            row += [size(peer.memory), str(len(peer.samples))]
            rows.append(row)
        self.rows(head, rows)

    def rows(self, head, rows):
        """A table of texts."""
        self.lines.append("| " + " | ".join(head) + " |")
        self.lines.append("|---|" + "--:|" * (len(head) - 1))
        self.lines += ["| " + " | ".join(row) + " |" for row in rows]
        self.lines.append("")

    def note(self, text):
        self.lines += [text, ""]

    def target(self, text, value, is_met):
        """A goal of the design and what came of it; nothing fails where it is missed."""
        self.note(f"Target: {text}. Measured: **{value}**, {'met' if is_met else '**not met**'}.")

    def render(self):
        return "\n".join([f"## {self.title}", "", self.text, ""] + self.lines)


def _first_line(words):
    try:
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    except OSError:
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


def _number(text):
    found = re.search(r"\d+(\.\d+)+", text or "")
    return found[0] if found else None


def versions(binary):
    """`name number` of everything that is compared."""
    asked = [
        ("Stagecraft", [binary, "version"]), ("ninja", ["ninja", "--version"]),
        ("Docker engine", ["docker", "version", "--format", "{{.Server.Version}}"]),
        ("docker client", ["docker", "--version"]),
        ("buildx", ["docker", "buildx", "version"]),
        ("Compose", ["docker", "compose", "version"]), ("git", ["git", "--version"]),
    ]
    told = [(name, _number(_first_line(words))) for name, words in asked]
    return ", ".join(f"{name} {number}" for name, number in told if number)


def machine():
    """Processors, memory, kernel and load; no name of the machine."""
    parts = [f"{os.cpu_count()} processors"]
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            found = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.MULTILINE)
        if found:
            parts[0] += f" ({found[1].strip()})"
    except OSError:
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    parts.append(f"{memory / (1 << 30):.0f} GiB memory")
    parts.append(f"{platform.system()} {_number(platform.release()) or ''} {platform.machine()}")
    return ", ".join(parts)


def document(sections, binary, load, is_quick):
    """The whole page."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    head = [
        "<!-- Written by `make bench`; edits are lost. -->",
        "# Performance", "",
        "Stagecraft beside the tools that do the same work, on one machine, in one go. Peers take "
        "turns, so that a change in the machine's load meets them alike. Times are medians; CPU is "
        "user and system time of the command and its children; memory is the largest resident size "
        "of one process of the command. For Docker's commands CPU and memory are those of the "
        "client: the engine's own work is not counted. A ratio above 1 says how many times as much "
        "as the first row. Nothing here is a test: no figure makes a build fail.", "",
        f"- Date: {today}" + (" (quick run: small sizes, few rounds)" if is_quick else ""),
        f"- Machine: {machine()}",
        f"- Load average when it began and ended: {load[0]:.1f}, {load[1]:.1f}"
        + (" (other work was running: wall times are high, CPU times less so)"
           if load[0] > os.cpu_count() / 2 else ""),
        f"- Versions: {versions(binary)}; Stagecraft is a release build with the Swift library "
        "linked in (`scripts/build`)",
        "- Again: `make bench`; small sizes, no file written: `scripts/bench --quick`; some parts: "
        "`scripts/bench --only noop,images`", "",
    ]
    return "\n".join(head + [section.render() for section in sections]).rstrip() + "\n"
