# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deploys of one small service to 1, 5 and 20 hosts, beside Ansible and beside a loop over ssh: the
same hosts, the same image, the same Compose file but for the project's name.
"""

import json
import pathlib
import shutil
import statistics
import subprocess
import time

import hosts
import measure
import projects
import report
from measure import Peer

# A health check that costs an idle machine nothing and tells soon after a start.
COMPOSE = """\
services:
  web:
    image: {registry}/test-web:1
    environment:
      NUMBER: "{number}"
    healthcheck:
      test: ["CMD", "/bin/web", "check"]
      interval: 1h
      start_period: 30s
      start_interval: 200ms
"""

STAGECRAFT = """\
project:
  name: {name}
environments:
  prod:
    driver: ssh
    rollout: {{ batch: 100% }}
hosts:
  all: [{hosts}]
network:
  provider: static
  providers:
    static:
      addresses: {{ {addresses} }}
services:
  web: {{ role: all }}
"""

PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.file: { path: bench-ansible, state: directory }
    - ansible.builtin.copy: { src: compose.yaml, dest: bench-ansible/compose.yaml }
    - ansible.builtin.command:
        cmd: docker compose up --detach --quiet-pull
        chdir: bench-ansible
"""

ANSIBLE = """\
[defaults]
inventory = inventory
forks = {forks}
host_key_checking = true
retry_files_enabled = false
[connection]
pipelining = true
[ssh_connection]
pipelining = true
control_path_dir = {sockets}
"""

# Copies the file and starts it, on all hosts at once; fails if one of them did.
LOOP = """\
#!/bin/sh
deploy() {
  ssh $MASTER "$1" mkdir -p bench-shell &&
    scp -q $MASTER compose.yaml "$1":bench-shell/ &&
    ssh $MASTER "$1" 'cd bench-shell && docker compose up --detach --quiet-pull'
}
children=
for host in $HOSTS; do
  deploy "$host" &
  children="$children $!"
done
for child in $children; do wait "$child" || exit 1; done
"""

MASTER = "-o ControlMaster=auto -o ControlPersist=60 -o ControlPath={sockets}/%h"


def sections(bench):
    """All sections; one that says why where there are no hosts."""
    sizes = (1, 3) if bench.is_quick else (1, 5, 20)
    try:
        with hosts.Hosts(max(sizes)) as fleet:
            for size in sizes:
                yield from Deploys(bench, fleet, size).sections()
    except hosts.Unavailable as reason:
        section = report.Section("Deploys", "To real hosts over ssh.")
        section.note(f"Not measured: {reason}.")
        yield section


class Deploys:
    """The contenders on that many hosts."""

    def __init__(self, bench, fleet, size):
        self.bench = bench
        self.fleet = fleet
        self.size = size
        self.names = fleet.names(size)
        self.folder = bench.folder / f"deploy-{size}"
        self.environment = {**bench.environment, **{
            name: value for name, value in fleet.environment.items() if name == "PATH"}}
        self.environment["HOME"] = str(self.folder / "home")
        # A socket's path has 107 bytes at most.
        self.sockets = pathlib.Path(f"/tmp/stagecraft-bench-{hosts.NUMBER}")
        self.changes = iter(range(1, 1 << 30))
        for name in ("stagecraft", "ansible", "shell"):
            self._compose(name, 0)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o700)
        (self.folder / "home").mkdir()
        projects.write(self.folder / "stagecraft/stagecraft.yml", STAGECRAFT.format(
            name=f"bench-{size}", hosts=", ".join(self.names),
            addresses=", ".join(f"{name}: {fleet.address(name)}" for name in self.names)))
        projects.write(self.folder / "ansible/inventory", "\n".join(self.names) + "\n")
        projects.write(self.folder / "ansible/playbook.yaml", PLAYBOOK)
        for forks in {5, max(5, size)}:
            projects.write(self.folder / f"ansible/forks-{forks}.cfg", ANSIBLE.format(
                forks=forks, sockets=self.sockets / "ansible"))
        projects.write(self.folder / "shell/deploy.sh", LOOP)

    def _compose(self, name, number):
        projects.write(self.folder / name / "compose.yaml", COMPOSE.format(
            registry=self.fleet.registry, number=number))

    # Contenders

    def _peers(self, change):
        def prepare(name, is_kept=False):
            def before(_):
                if not is_kept:
                    self._hang_up()
                if change:
                    self._compose(name, next(self.changes))
            return before

        def ansible(forks, is_kept=False):
            return Peer(
                f"Ansible, {forks} forks" + (", connections kept" if is_kept else ""),
                [self.bench.ansible, "playbook.yaml"], self.folder / "ansible",
                {**self.environment,
                 "ANSIBLE_CONFIG": str(self.folder / f"ansible/forks-{forks}.cfg"),
                 "ANSIBLE_HOME": str(self.folder / "home/.ansible"),
                 "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3"},
                prepare("ansible", is_kept))

        def shell(label, master):
            return Peer(
                label, ["sh", "deploy.sh"], self.folder / "shell",
                {**self.environment, "HOSTS": " ".join(self.names), "MASTER": master},
                prepare("shell"))

        def stagecraft(label, is_kept=False):
            return Peer(
                label, [self.bench.binary, "deploy", "--env", "prod", "--yes"],
                self.folder / "stagecraft",
                {**self.environment, "XDG_RUNTIME_DIR": str(self.sockets)},
                prepare("stagecraft", is_kept))

        peers = [stagecraft("`stagecraft deploy`"),
                 stagecraft("`stagecraft deploy`, connections kept", is_kept=True)]
        if self.bench.ansible:
            for forks in sorted({5, max(5, self.size)}, reverse=True):
                peers.append(ansible(forks))
            peers.append(ansible(max(5, self.size), is_kept=True))
        peers.append(shell("loop over ssh, `ControlMaster`", MASTER.format(sockets=self.sockets)))
        peers.append(shell("loop over ssh", ""))
        return peers

    def _hang_up(self):
        """Ends connections that a run before left open, ours and theirs."""
        for socket in self.sockets.rglob("*"):
            if socket.is_socket():
                Peer("", ["ssh", "-q", "-o", f"ControlPath={socket}", "-O", "exit", "none"],
                     self.folder, self.environment).run()

    # Sections

    def sections(self):
        many = f"{self.size} hosts" if self.size > 1 else "one host"
        words = (
            "One service, its image on the hosts already, over ssh. Ansible copies the Compose file "
            "and runs `docker compose up -d`, with pipelining and without gathering facts; the loop "
            "does the same with scp and ssh, all hosts at once. No connection is open when a run "
            "begins, but where the row says so.")
        for peer in self._peers(change=False):
            peer.run()
        noop = report.Section(f"No-op deploy to {many}", words)
        peers = self._compare(noop, change=False)
        self._target(noop, peers)
        yield noop

        changed = report.Section(
            f"Changed deploy to {many}",
            "A variable of the service gets a new value: one container is replaced on each host. "
            "Stagecraft starts the new one beside the old and waits until it is healthy; the others "
            "stop the old one first and wait for nothing.")
        self._compare(changed, change=True)
        self._slowest(changed)
        yield changed
        self.fleet.forget(self.names)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _target(self, section, peers):
        """Ansible's best row beside ours, like with like."""
        def best(start, is_kept):
            return min((peer.wall for peer in peers if peer.label.startswith(start)
                        and ("kept" in peer.label) == is_kept), default=None)
        if self.size < 20 or best("Ansible", False) is None:
            return
        cold, kept = (
            best("Ansible", is_kept) / best("`stagecraft", is_kept) for is_kept in (False, True))
        section.target("at least 5 × faster than Ansible at 20 hosts",
                       f"{report.times(cold)} faster than its best row, {report.times(kept)} where "
                       "both keep their connections", min(cold, kept) >= 5)

    def _compare(self, section, change):
        """The table, and what arrived at the hosts' sshd in one run more of each."""
        peers = self._peers(change)
        # The hosts have run the same before: there is nothing to warm up.
        measure.compare(peers, self.bench.rounds({1: 9, 5: 7}.get(self.size, 3)), 0, memory=False)
        told = []
        for peer in peers:
            if "kept" not in peer.label:
                before = self.fleet.arrived(self.names)
            peer.measure_memory(0)
            if "kept" not in peer.label:
                after = self.fleet.arrived(self.names)
                told.append(f"{peer.label} {after[0] - before[0]} and {after[1] - before[1]}")
        section.table(peers)
        section.note("SSH connections and commands of one run, all hosts together, as their sshd "
                     "counted them: " + "; ".join(told) + ".")
        return peers

    def _slowest(self, section):
        """The wall time of a changed deploy beside that of its slowest host."""
        walls, slowest = [], []
        for _ in range(self.bench.rounds(5)):
            peer = self._peers(change=True)[0]
            peer.prepare(0)
            begin = time.monotonic()
            done = subprocess.run(
                [*peer.words, "--format", "json"], cwd=peer.directory, env=peer.environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                check=True)
            walls.append(time.monotonic() - begin)
            spans = {}
            for task in json.loads(done.stdout)["tasks"]:
                words = task["id"].split("/")
                if words[0] == "host":
                    spans[words[1]] = spans.get(words[1], 0) + task["duration_ms"] / 1000
            slowest.append(max(spans.values()))
        wall, span = statistics.median(walls), statistics.median(slowest)
        section.note(f"The slowest host's own tasks took {report.duration(span)} (median).")
        section.target("wall time at most 1.2 × the slowest host", report.times(wall / span),
                       wall <= 1.2 * span)
