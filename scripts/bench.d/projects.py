# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes the projects that are measured: the same graph once for Stagecraft and once for its peer.

Measures nothing and starts nothing but git.
"""

import os
import subprocess

PROJECT = "project:\n  name: stagecraft-bench\n"


def write(path, content):
    """Writes a text or bytes to a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def copies(folder, count):
    """`count` tasks with one input and one output each, for Stagecraft and for ninja."""
    for name in ("stagecraft", "ninja"):
        for number in range(count):
            write(folder / name / "in" / f"{number}.txt", f"{number}\n")
        (folder / name / "out").mkdir()
    tasks = [PROJECT, "tasks:\n"]
    edges = ["rule copy\n  command = cp $in $out\n"]
    for number in range(count):
        tasks.append(
            f'  t{number}:\n    run: ["cp", "in/{number}.txt", "out/{number}.txt"]\n'
            f'    inputs: ["in/{number}.txt"]\n    outputs: ["out/{number}.txt"]\n')
        edges.append(f"build out/{number}.txt: copy in/{number}.txt\n")
    tasks.append(_all(count))
    write(folder / "stagecraft/stagecraft.yml", "".join(tasks))
    write(folder / "ninja/build.ninja", "".join(edges))


def trues(folder, count):
    """`count` tasks that run `true` and leave no file.

    Each has an argument of its own: one result would otherwise serve them all.
    """
    tasks = [PROJECT, "tasks:\n"]
    edges = ["rule true\n  command = true $out\n"]
    for number in range(count):
        tasks.append(f'  t{number}:\n    run: ["true", "t{number}"]\n')
        edges.append(f"build t{number}: true\n")
    tasks.append(_all(count))
    edges.append("build all: true " + " ".join(f"t{n}" for n in range(count)) + "\n")
    edges.append("default all\n")
    write(folder / "stagecraft/stagecraft.yml", "".join(tasks))
    write(folder / "ninja/build.ninja", "".join(edges))


def _all(count):
    names = ", ".join(f"t{number}" for number in range(count))
    return f'  all:\n    run: ["true"]\n    needs: [{names}]\n'


def tree(folder, count, width=10):
    """`count` tasks, each of which needs up to `width` others; `t0` needs them all."""
    folder.mkdir(parents=True)
    with open(folder / "stagecraft.yml", "w", encoding="utf-8") as file:
        file.write(PROJECT + "tasks:\n")
        for number in range(count):
            first = width * number + 1
            needs = ", ".join(f"t{n}" for n in range(first, min(first + width, count)))
            file.write(f'  t{number}:\n    run: ["true"]\n')
            if needs:
                file.write(f"    needs: [{needs}]\n")


def layers(folder, count, width=40):
    """`count` tasks in layers of `width`, each of which needs two of the layer before; `all` needs
    the last layer."""
    tasks = [PROJECT, "tasks:\n"]
    for number in range(count - 1):
        tasks.append(f'  t{number}:\n    run: ["true", "t{number}"]\n')
        if number >= width:
            first = number - width
            second = first - first % width + (first * 7 + 3) % width
            names = ", ".join(f"t{n}" for n in sorted({first, second}))
            tasks.append(f"    needs: [{names}]\n")
    last = ", ".join(f"t{number}" for number in range(count - 1 - width, count - 1))
    tasks.append(f'  all:\n    run: ["true"]\n    needs: [{last}]\n')
    write(folder / "stagecraft.yml", "".join(tasks))


def services(folder, count, files):
    """A Compose application of `count` images with `files` files each, committed to git.

    Its images are named after the folder: peers do not take each other's tags away.
    """
    compose = ["services:\n"]
    for number in range(count):
        name = f"s{number}"
        compose.append(
            f"  {name}:\n    image: stagecraft-bench/{folder.name}-{name}\n"
            f"    build: ./{name}\n")
        write(folder / name / "Dockerfile", "FROM busybox:1.35\nCOPY . /stagecraft-bench\n")
        for file in range(files):
            write(folder / name / "src" / f"{file}.txt", f"{name} {file}\n" * 20)
    write(folder / "compose.yaml", "".join(compose))
    write(folder / "stagecraft.yml", PROJECT)
    commit(folder)


def context(folder, files, size):
    """One image whose context is `files` files of `size` random bytes."""
    write(folder / "compose.yaml",
          "services:\n  big:\n    image: stagecraft-bench/big\n    build: ./big\n")
    write(folder / "stagecraft.yml", PROJECT)
    write(folder / "big/Dockerfile", "FROM busybox:1.35\nCOPY data /stagecraft-bench\n")
    fill(folder / "big/data", files, size)


def fill(folder, files, size):
    """Gives every file of a context new random bytes."""
    for number in range(files):
        write(folder / f"{number}.bin", os.urandom(size))


def commit(folder):
    """Makes the folder a git repository with one commit."""
    def git(*words):
        subprocess.run(
            ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org",
             "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main", *words],
            cwd=folder, check=True, stdout=subprocess.DEVNULL)
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "bench")
