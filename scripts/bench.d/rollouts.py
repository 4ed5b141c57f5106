# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long an old container still serves though the new one is healthy: our own rollout beside the
plugin `docker rollout` on one host, read from the events of the host's engine.
"""

import json
import os
import pathlib
import statistics
import subprocess
import time

import deploys
import hosts
import measure
import projects
import report

ROUNDS = 7


def sections(bench):
    """One section; one that says why where there is no host."""
    section = report.Section(
        "An old container after the new one is healthy",
        "One service on one host, its variable changed each time. The engine of the host says when the "
        "new container was healthy, when the old one was told to stop, and when the new one was started; "
        "wall is the whole command.")
    try:
        with hosts.Hosts(1) as fleet:
            _measure(bench, fleet, section)
    except hosts.Unavailable as reason:
        section.note(f"Not measured: {reason}.")
    yield section


def _measure(bench, fleet, section):
    folder = bench.folder / "rollout"
    environment = {**bench.environment, "PATH": fleet.environment["PATH"], "HOME": str(folder)}
    project = deploys.STAGECRAFT.format(
        name="bench-rollout", hosts="h1", addresses=f"h1: {fleet.address('h1')}")
    projects.write(folder / "stagecraft.yml", project)
    ours = [bench.binary, "deploy", "--env", "prod", "--yes"]
    contenders = {"`stagecraft deploy`, strategy `rolling`": ours}
    plugin = os.environ.get("STAGECRAFT_DOCKER_ROLLOUT")
    if plugin:
        fleet.install(
            "h1", pathlib.Path(plugin), "/usr/local/lib/docker/cli-plugins/docker-rollout")
        contenders["`docker rollout` over ssh"] = [
            "sh", "-c", "ssh h1 mkdir -p bench-rollout && scp -q compose.yaml h1:bench-rollout/ && "
            "ssh h1 'cd bench-rollout && docker rollout -f compose.yaml web'"]
    found = {name: [] for name in contenders}
    for number in range(bench.rounds(ROUNDS) + 1):
        projects.write(folder / "compose.yaml", deploys.COMPOSE.format(
            registry=fleet.registry, number=number))
        for name, words in contenders.items():
            begin = time.time()
            subprocess.run(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            end = time.time()
            # The first one starts what the others replace.
            if number > 0:
                found[name].append((*_times(fleet, begin, end), end - begin))
    section.rows(
        ["", "healthy to stop", "least to most", "start to stop", "wall", "rounds"],
        [[name, report.duration(statistics.median(late for late, _, _ in times)),
          " – ".join(report.duration(pick(late for late, _, _ in times)) for pick in (min, max)),
          report.duration(statistics.median(whole for _, whole, _ in times)),
          report.duration(statistics.median(wall for _, _, wall in times)), str(len(times))]
         for name, times in found.items()])
    if not plugin:
        section.note("`docker rollout` was not at hand: STAGECRAFT_DOCKER_ROLLOUT names its file.")
        return
    first, second = (statistics.median(late for late, _, _ in times) for times in found.values())
    section.target("sooner than `docker rollout`", report.times(second / first) + " as soon",
                   first < second)


def _times(fleet, begin, end):
    """Seconds from the new container's health, and from its start, to the old one's signal."""
    told = fleet.run(
        "h1", f"docker events --since {begin:.3f} --until {end + 0.05:.3f} --format '{{{{json .}}}}'")
    started = healthy = stopped = None
    for line in told.splitlines():
        event = json.loads(line)
        if event.get("Type") != "container":
            continue
        action, moment = event["Action"], event["timeNano"] / 1e9
        if action == "start":
            started = moment
        elif action == "health_status: healthy" and started and not healthy:
            healthy = moment
        elif action == "kill" and not stopped:
            stopped = moment
    if not (started and healthy and stopped):
        raise measure.CommandFailed(f"no rollout is among the events of the engine:\n{told}")
    return stopped - healthy, stopped - started
