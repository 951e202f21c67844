"""Do verdicts move? The same gateway is judged again and again, at rest and beside noise; every change is named.

    .venv/bin/python benchmarks/verdict_noise.py [--target reference] [--runs 5] [--noise cpu,disk,sockets]
        [--only RES ... | --everything] [--seeds FIRST]

Without `--only` the quick selection of the gate runs; `--everything` runs all checks. Noise is made by processes of our
own for as long as a run lasts: `cpu` keeps every core busy, `disk` writes and syncs files of 8 MB, `sockets` opens and
closes connections on loopback. `--seeds` gives each run another population: the gateway is the same, and so must be its
verdicts. Exit code 1 when a check had two verdicts, 2 when a run left no results.
"""

import argparse
import collections
import contextlib
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

RUN_CAP_S = 1800.0
NOISE_CAP_S = RUN_CAP_S + 60  # whatever happens to us, noise ends
BLOCK = bytes(8 << 20)
Verdicts = dict[str, str]


def burn(deadline: float) -> None:
    """Keep a core busy."""
    while time.monotonic() < deadline:
        sum(range(10_000))


def write_files(deadline: float) -> None:
    """Write, sync and remove a file over and over."""
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < deadline:
            with (Path(folder) / "noise").open("wb") as file:
                file.write(BLOCK)
                os.fsync(file.fileno())


def open_connections(deadline: float) -> None:
    """Open and close connections, 64 at a time and with a pause, so that ports do not run out."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        while time.monotonic() < deadline:
            with contextlib.ExitStack() as open_ones:
                for _ in range(64):
                    open_ones.enter_context(socket.create_connection(listener.getsockname(), timeout=10))
                    open_ones.enter_context(listener.accept()[0])
            time.sleep(0.2)


NOISES: dict[str, Sequence[Callable[[float], None]]] = {
    "cpu": (burn,) * (os.cpu_count() or 1),
    "disk": (write_files,),
    "sockets": (open_connections,),
}


@contextlib.contextmanager
def noise(names: Sequence[str]) -> Iterator[None]:
    """Make noise for the length of the block, in processes of our own."""
    until = time.monotonic() + NOISE_CAP_S
    made = [multiprocessing.Process(target=make, args=(until,), daemon=True) for name in names for make in NOISES[name]]
    for process in made:
        process.start()
    try:
        yield
    finally:
        for process in made:
            process.terminate()
            process.join()


def judged(words: argparse.Namespace, number: int) -> Verdicts:
    """Run Gauntlet for the `number`th time; return the verdict of each check that ran.

    Raises RuntimeError without results.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gauntlet", "run", words.target, "--out", folder]
        command += [word for prefix in words.only for word in ("--only", prefix)]
        command += [] if words.only or words.everything else ["--gate"]
        command += [] if words.seeds is None else ["--seed", str(words.seeds + number)]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=RUN_CAP_S, check=False)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the run did not end within {RUN_CAP_S:g} s") from None
        results = Path(folder) / "latest" / "results.json"
        if not results.exists():
            raise RuntimeError(f"exit {ended.returncode}, no results:\n{ended.stderr[-2000:]}")
        checks = json.loads(results.read_bytes())["checks"]
    return {item["check"]: item["verdict"] for item in checks if item["verdict"] != "not-claimed"}


def repeated(
    words: argparse.Namespace, names: Sequence[str]
) -> tuple[dict[str, collections.Counter[str]], list[float]]:
    """Return how often each check had which verdict, and how long each run took. Raises RuntimeError."""
    seen: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    took = []
    for number in range(words.runs):
        with noise(names):
            began = time.monotonic()
            found = judged(words, number)
            took.append(time.monotonic() - began)
        for check, verdict in found.items():
            seen[check][verdict] += 1
        counts, load = collections.Counter(found.values()), os.getloadavg()[0]
        told = "".join(f"\n    {verdict}: {check}" for check, verdict in found.items() if verdict != "pass")
        print(f"run {number + 1}: {dict(counts)} in {took[-1]:.0f} s, load {load:.1f}{told}", flush=True)
    return seen, took


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge a gateway again and again; name what moved.")
    parser.add_argument("--target", default="reference")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--noise", default="", help=f"comma-separated, of {', '.join(NOISES)}; default none")
    parser.add_argument("--only", action="extend", nargs="+", default=[], help="beginnings of check or requirement ids")
    parser.add_argument("--everything", action="store_true", help="all checks, not the quick selection")
    parser.add_argument(
        "--seeds", type=int, help="the first run's seed, the next run has the next; default one for all"
    )
    words = parser.parse_args()
    names = [name for name in words.noise.split(",") if name]
    if unknown := set(names) - set(NOISES):
        parser.error(f"unknown noise {', '.join(sorted(unknown))}; there is {', '.join(NOISES)}")
    try:
        seen, took = repeated(words, names)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 2
    moved = {check: verdicts for check, verdicts in seen.items() if len(verdicts) > 1 or verdicts.total() < words.runs}
    for check, verdicts in sorted(moved.items()):
        print(f"moved: {check}: {dict(verdicts)}")
    beside = f"beside {', '.join(names)}" if names else "at rest"
    print(f"{len(seen)} checks, {words.runs} runs {beside}, median {statistics.median(took):.0f} s: {len(moved)} moved")
    return 1 if moved else 0


if __name__ == "__main__":
    sys.exit(main())
