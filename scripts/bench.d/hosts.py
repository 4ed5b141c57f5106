# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real hosts to measure deploys on: starts and stops a stack of scripts/test-stack, and counts what
arrives at each host's sshd. Knows nothing of what is deployed.
"""

import os
import pathlib
import re
import shlex
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "test-stack"
# One that nobody else has; see docs/testing-hosts.md.
NUMBER = os.environ.get("STAGECRAFT_BENCH_STACK", "9")


class Unavailable(Exception):
    """Hosts cannot be had on this machine."""


class Hosts:
    """A stack with that many hosts, for a `with` statement."""

    def __init__(self, count):
        self.count = count
        # How much a host stores lies in memory; images are few here.
        self.variables = {**os.environ, "STAGECRAFT_STACK": NUMBER, "STAGECRAFT_STACK_DISK": "1g"}
        self.environment = {}

    def __enter__(self):
        if os.uname().sysname != "Linux" or os.geteuid() != 0:
            raise Unavailable("hosts to deploy to are made on Linux, by root")
        if self._script("status", check=False).returncode == 0:
            raise Unavailable(f"stack {NUMBER} is in use")
        try:
            self._script("up", str(self.count))
            self._script("images")
        except subprocess.CalledProcessError as failed:
            self.__exit__()
            raise Unavailable(f"the hosts did not start: {failed.stderr[-400:]}") from failed
        for line in self._script("env").stdout.splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.environment[name] = "".join(shlex.split(value))
        self.environment["PATH"] = self.environment["PATH"].replace("$PATH", os.environ["PATH"])
        return self

    def __exit__(self, *_):
        self._script("down", check=False)

    def _script(self, *words, check=True, given=""):
        return subprocess.run(
            [SCRIPT, *words], env=self.variables, check=check, text=True, input=given,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @property
    def registry(self):
        return self.environment["STAGECRAFT_STACK_REGISTRY"]

    def names(self, count):
        return [f"h{number}" for number in range(1, count + 1)]

    def address(self, name):
        return f"{self.environment['STAGECRAFT_STACK_NET']}.{10 + int(name[1:])}"

    def run(self, name, command):
        """Runs a command in a host, without ssh; returns what it says."""
        return self._script("exec", name, "sh", "-c", command).stdout

    def install(self, name, file, path):
        """Puts a script on a host, as a program."""
        self._script("exec", name, "install", "-D", "-m", "755", "/dev/stdin", path,
                     given=file.read_text(encoding="utf-8"))

    def forget(self, names):
        """Removes every container of these hosts."""
        for name in names:
            self.run(name, "docker ps --all --quiet | xargs --no-run-if-empty docker rm --force")

    def arrived(self, names):
        """Connections and commands that the hosts' sshd took since they started."""
        connections = commands = 0
        for name in names:
            state = pathlib.Path(self.environment["STAGECRAFT_STACK_STATE"])
            process = (state / "hosts" / name / "process").read_text(encoding="utf-8").split()[0]
            log = pathlib.Path(f"/proc/{process}/root/var/log/sshd.log").read_text(
                encoding="utf-8", errors="replace")
            connections += len(re.findall(r"^Accepted publickey", log, re.MULTILINE))
            commands += len(re.findall(r"^Starting session: ", log, re.MULTILINE))
        return connections, commands
