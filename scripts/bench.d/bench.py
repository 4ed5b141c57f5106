# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list of what is measured, from no-op runs to build contexts; started by scripts/bench.

Each part makes its project in a folder that is deleted at the end, with a cache of its own: nothing
of the user's is read or changed. A part whose peer is not there says so and is left out.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import deploys
import measure
import projects
import report
import rollouts
from measure import Peer


class Bench:
    """What all parts share."""

    def __init__(self, binary, ansible, folder, is_quick):
        self.binary = binary
        # The program `ansible-playbook`; None where it could not be had.
        self.ansible = ansible
        self.folder = folder
        self.is_quick = is_quick
        self.jobs = os.cpu_count()
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STAGECRAFT_")}
        self.environment["STAGECRAFT_CACHE_DIR"] = str(folder / "cache")
        self.has_engine = _succeeds(["docker", "info"])

    def rounds(self, full):
        return min(full, 3) if self.is_quick else full

    def stagecraft(self, label, words, directory, prepare=None, says=None):
        return Peer(label, [self.binary, *words], directory, self.environment, prepare, says)

    def ninja(self, directory, prepare=None, says=None):
        return Peer(
            "ninja", ["ninja", "-j", self.jobs], directory, self.environment, prepare, says)

    # Nothing to do, first runs and edits of user tasks

    def noop(self):
        for count in (100, 1_000) if self.is_quick else (1_000, 10_000):
            yield from self._copies(count)

    def _copies(self, count):
        folder = self.folder / f"copies-{count}"
        projects.copies(folder, count)
        run = ["run", "all", "--jobs", str(self.jobs)]
        ours = self.stagecraft("`stagecraft run`", run, folder / "stagecraft")
        theirs = self.ninja(folder / "ninja")
        first = report.Section(
            f"First run of {count:,} tasks",
            "Each runs `cp` on a file. Stagecraft also keeps every output by its content, so that "
            "it can be put back; ninja does not.")
        first.table(measure.compare([ours, theirs], 1, warm_up=0, memory=False))

        ours = self.stagecraft(
            "`stagecraft run`", run, folder / "stagecraft", says="nothing to do")
        theirs = self.ninja(folder / "ninja", says="no work to do")
        # The second run may be the one that sees that all clocks have moved on.
        self.stagecraft("", run, folder / "stagecraft").run()
        section = report.Section(
            f"No-op of {count:,} tasks", "The same tasks again: nothing changed.")
        section.table(measure.compare([ours, theirs], self.rounds(21), warm_up=2))
        ratio = ours.cpu / theirs.cpu
        if count >= 10_000:
            section.target("CPU time not above ninja's", report.times(ratio), ratio <= 1)
        counted, others = measure.calls(ours), measure.calls(theirs)
        if counted and others:
            looks = counted[0] / count
            section.note(
                f"System calls of one run: Stagecraft {counted[0]:,} looks at paths and "
                f"{counted[1]:,} others, ninja {others[0]:,} and {others[1]:,}.")
            section.target("at most 2.2 looks at paths a task", f"{looks:.2f}", looks <= 2.2)
        yield section
        yield self._events(folder / "stagecraft", run, count)
        yield first

        edited = report.Section(
            f"One input of {count:,} edited",
            "Before each run one input, another each time, gets new content: one task runs.")

        def edit(name):
            def prepare(number):
                path = folder / name / "in" / f"{(number * 37 + 11) % count}.txt"
                path.write_text(f"edit {number}\n", encoding="utf-8")
            return prepare
        ours = self.stagecraft("`stagecraft run`", run, folder / "stagecraft", edit("stagecraft"))
        theirs = self.ninja(folder / "ninja", edit("ninja"))
        edited.table(measure.compare([ours, theirs], self.rounds(11), warm_up=2))
        yield edited

    def _events(self, folder, run, count):
        section = report.Section(
            f"Events of a no-op of {count:,} tasks",
            "What `--events` costs: first where one record proves that nothing is to be done, then "
            "where every task is looked at and is an event of its own (`--format json`, whose report "
            "goes nowhere).")
        file = self.folder / "events.jsonl"
        for name, words in (("proven", []), ("each task", ["--format", "json"])):
            without = self.stagecraft(f"{name}, without", [*run, *words], folder)
            with_events = self.stagecraft(
                f"{name}, `--events`", [*run, *words, "--events", str(file)], folder)
            measure.compare([without, with_events], self.rounds(21), warm_up=2, memory=False)
            section.table([without, with_events])
            cost = with_events.cpu / without.cpu - 1
            section.target("at most 2 % of CPU time", f"{cost * 100:+.1f} %", cost <= 0.02)
            with open(file, encoding="utf-8") as lines:
                section.note(f"{sum(1 for _ in lines):,} events were written.")
        return section

    def cold(self):
        count = 100 if self.is_quick else 1_000
        folder = self.folder / "trues"
        projects.trues(folder, count)

        def forget_ours(number):
            # Put away, not deleted: a file system that just gave up thousands of files makes new
            # ones slowly for some seconds.
            for path in (folder / "stagecraft/.stagecraft", self.folder / "cache"):
                if path.exists():
                    path.rename(self.folder / f"away-{path.name.strip('.')}-{number}")

        def forget_theirs(_):
            for name in (".ninja_log", ".ninja_deps"):
                (folder / "ninja" / name).unlink(missing_ok=True)
        run = ["run", "all", "--jobs", str(self.jobs)]
        section = report.Section(
            f"Cold run of {count:,} `true` tasks",
            f"No records, no outputs, {self.jobs} jobs at once: what it costs to start a task, wait "
            "for it and note that it ran. ninja starts each through `sh`; Stagecraft starts the "
            "program itself, behind a guard that ends the whole process group if Stagecraft dies, "
            "and keeps an action record and a journal.")
        peers = measure.compare(
            [self.stagecraft("`stagecraft run`", run, folder / "stagecraft", forget_ours),
             self.ninja(folder / "ninja", forget_theirs)], self.rounds(7))
        section.table(peers)
        section.note("A task: " + ", ".join(
            f"{peer.label} {report.duration(peer.wall / count)} wall and "
            f"{report.duration(peer.cpu / count)} CPU" for peer in peers) + ".")
        yield section

    # Images

    def images(self):
        count, files = (3, 20) if self.is_quick else (10, 20)
        folder = self.folder / "images"
        for name in ("stagecraft", "compose", "bake"):
            projects.services(folder / name, count, files)
        section = report.Section(
            f"No-op build of {count} services",
            f"{files} files each, `FROM busybox:1.35` and `COPY`, all built before and unchanged, in "
            "a git repository; Stagecraft names the version after the commit. Compose and Bake ask "
            "BuildKit, which finds every step in its cache.")
        edited = report.Section(
            f"One file of one of {count} services edited",
            "Before each run the same file gets content that was never built: one image is built.")
        if not self.has_engine:
            section.note("Not measured: no Docker engine answers.")
            yield section
            return

        def peers(prepare=None, says=None):
            return [
                self.stagecraft("`stagecraft build`", ["build"], folder / "stagecraft",
                                prepare and prepare("stagecraft"), says),
                Peer("`docker compose build`", ["docker", "compose", "build"], folder / "compose",
                     self.environment, prepare and prepare("compose")),
                Peer("`docker buildx bake`",
                     ["docker", "buildx", "bake", "--file", "compose.yaml"], folder / "bake",
                     self.environment, prepare and prepare("bake"))]
        for peer in peers():
            peer.run()
        self.stagecraft("", ["build"], folder / "stagecraft").run()
        noop = measure.compare(peers(says="nothing to do"), self.rounds(11))
        section.table(noop)
        ratio = min(peer.wall for peer in noop[1:]) / noop[0].wall
        section.target("at least 40 × faster than either, by wall time",
                       report.times(ratio) + " faster than the faster one", ratio >= 40)
        yield section

        edits = iter(range(1 << 30))

        def edit(name):
            return lambda _: projects.write(
                folder / name / "s0/src/0.txt", f"edit {next(edits)} {folder}\n")
        edited.table(measure.compare(peers(edit), self.rounds(7)))
        yield edited

    def context(self):
        files, size = (20 if self.is_quick else 200), 1 << 20
        folder = self.folder / "context"
        projects.context(folder, files, size)
        section = report.Section(
            f"Build context of {files} files of 1 MB",
            "Stagecraft takes the digest of every file of the context; warm, it takes those that it "
            "remembers. `docker buildx build` sends the context to BuildKit, which copies it into a "
            "layer (no image is written); cold has content that was never sent, warm the same "
            "again.")
        if self.has_engine:
            # A plan writes nothing: what it remembers comes from a build.
            self.stagecraft("", ["build"], folder).run()
            self.stagecraft("", ["build"], folder).run()
        index = folder / ".stagecraft/digests.idx"
        kept = index.read_bytes() if index.exists() else None

        def forget(_):
            index.unlink(missing_ok=True)

        def remember(_):
            if kept:
                index.write_bytes(kept)
        plan = ["plan", "build", "--version", "bench"]
        peers = [self.stagecraft("`stagecraft plan`, cold", plan, folder, forget)]
        if kept:
            peers.append(self.stagecraft("`stagecraft plan`, warm", plan, folder, remember))
        measure.compare(peers, self.rounds(7))
        if self.has_engine:
            other = self.folder / "transfer"
            projects.write(other / "Dockerfile", "FROM scratch\nCOPY data /stagecraft-bench\n")
            build = ["docker", "buildx", "build", "--output", "type=cacheonly", "."]
            cold = Peer("`docker buildx build`, cold", build, other, self.environment,
                        lambda _: projects.fill(other / "data", files, size))
            warm = Peer("`docker buildx build`, warm", build, other, self.environment)
            measure.compare([cold, warm], self.rounds(3), warm_up=0, memory=False)
            warm.measure_memory(0)
            peers += [cold, warm]
        section.table(peers)
        yield section

    # The program itself

    def start(self):
        section = report.Section(
            "Start-up", "The command that does the least. Below some milliseconds wall times carry "
            "what it costs this driver to start a process, the same for all.")
        here = self.folder
        peers = [self.stagecraft("`stagecraft version`", ["version"], here),
                 Peer("`ninja --version`", ["ninja", "--version"], here, self.environment)]
        if shutil.which("docker"):
            peers.append(Peer("`docker --version`", ["docker", "--version"], here, self.environment))
        section.table(measure.compare(peers, self.rounds(101), warm_up=5))
        yield section

    def graph(self):
        count = 10_000 if self.is_quick else 1_000_000
        folder = self.folder / "graph"
        projects.tree(folder, count)
        section = report.Section(
            f"A graph of {count:,} tasks",
            "`stagecraft plan run t0 --graph --format json` on a project file that declares all of "
            "them, each needing up to ten others: the file is read and checked, the graph built and "
            "ordered, every task keyed and judged, and all printed as JSON. The text plan of the "
            "same stands below it.")
        plan = ["plan", "run", "t0"]
        peers = measure.compare(
            [self.stagecraft("graph as JSON", [*plan, "--graph", "--format", "json"], folder,
                             says="\n}\n"),
             self.stagecraft("list as text", plan, folder, says=f"{count} tasks")],
            self.rounds(3), warm_up=0, memory=False)
        section.table(peers)
        megabytes = (folder / "stagecraft.yml").stat().st_size / 1e6
        section.note(
            f"The project file has {megabytes:.1f} MB. As JSON a task takes "
            f"{report.duration(peers[0].cpu / count)} CPU and {peers[0].memory / count:.0f} bytes "
            "of memory." if peers[0].memory else f"The project file has {megabytes:.1f} MB.")
        yield section

    def page(self):
        count = 2_000
        folder = self.folder / "page"
        projects.layers(folder, count)
        section = report.Section(
            f"A graph of {count:,} tasks, drawn",
            "`stagecraft plan run all --format html`: everything from reading the project file to the "
            "finished page, with every task laid out in layers.")
        plan = ["plan", "run", "all", "--format"]
        peers = measure.compare(
            [self.stagecraft("page", [*plan, "html"], folder, says="</html>"),
             self.stagecraft("the same as JSON", [*plan, "json"], folder, says='"host_ms"')],
            self.rounds(9), memory=False)
        section.table(peers)
        page = subprocess.run(
            [self.binary, *plan, "html"], cwd=folder, env=self.environment, check=True,
            stdout=subprocess.PIPE).stdout
        section.target("under 1 s", report.duration(peers[0].wall), peers[0].wall < 1)
        section.target("under 5 MB", f"{len(page) / 1e6:.2f} MB", len(page) < 5e6)
        yield section

    def deploy(self):
        if self.has_engine:
            yield from deploys.sections(self)

    def rollout(self):
        if self.has_engine:
            yield from rollouts.sections(self)

    def clean(self):
        """Takes back what the parts left in the engine."""
        if not self.has_engine:
            return
        done = subprocess.run(
            ["docker", "image", "ls", "--quiet", "--filter", "reference=stagecraft-bench/*"],
            stdout=subprocess.PIPE, check=False, text=True)
        images = sorted(set(done.stdout.split()))
        if images:
            subprocess.run(["docker", "image", "rm", "--force", *images],
                           stdout=subprocess.DEVNULL, check=False)
        # BuildKit's filters know no parts of texts, so the records are picked out here. What it keeps
        # of contexts that were sent cannot be told apart; its own collection takes that.
        told = subprocess.run(
            ["docker", "buildx", "du", "--verbose"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False, text=True)
        for record in told.stdout.split("\n\n"):
            found = re.search(r"^ID:\s*(\w+)", record)
            if found and "/stagecraft-bench" in record:
                subprocess.run(
                    ["docker", "buildx", "prune", "--force", "--all", "--filter", f"id={found[1]}"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


PARTS = ["start", "noop", "cold", "images", "context", "graph", "page", "deploy", "rollout"]


def _succeeds(words):
    try:
        return subprocess.run(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        ).returncode == 0
    except OSError:
        return False


def _arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures Stagecraft beside its peers on this machine.",
        epilog="STAGECRAFT_DOCKER_ROLLOUT names the file of the plugin docker-rollout, to measure beside it.")
    parser.add_argument("--quick", action="store_true",
                        help="small sizes and few rounds; writes no file")
    parser.add_argument("--only", metavar="PARTS",
                        help=f"some of {', '.join(PARTS)}, with commas; writes no file")
    parser.add_argument("--binary", help=argparse.SUPPRESS)
    parser.add_argument("--ansible", help=argparse.SUPPRESS)
    parser.add_argument("--output", help="the page to write (default: docs/performance.md)")
    return parser.parse_args()


def main():
    arguments = _arguments()
    wanted = arguments.only.split(",") if arguments.only else PARTS
    for name in wanted:
        if name not in PARTS:
            sys.exit(f"bench: `{name}` is none of {', '.join(PARTS)}")
    before = os.getloadavg()[0]
    sections = []
    with tempfile.TemporaryDirectory(prefix="stagecraft-bench.") as folder:
        bench = Bench(
            arguments.binary, arguments.ansible, pathlib.Path(folder).resolve(), arguments.quick)
        try:
            for name in wanted:
                for section in getattr(bench, name)():
                    print(section.render(), flush=True)
                    sections.append(section)
        except measure.CommandFailed as failed:
            sys.exit(f"bench: {failed}")
        finally:
            bench.clean()
    page = report.document(
        sections, arguments.binary, (before, os.getloadavg()[0]), arguments.quick)
    if arguments.quick or arguments.only:
        print(page.split("\n## ")[0])
        return
    pathlib.Path(arguments.output).write_text(page, encoding="utf-8")
    print(f"bench: written to {os.path.relpath(arguments.output)}", file=sys.stderr)


if __name__ == "__main__":
    main()
