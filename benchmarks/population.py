"""Speed and memory of the synthetic population, beside carebundle.

    .venv/bin/python benchmarks/population.py [--rounds 7] [--carebundle PYTHON]

carebundle (PyPI) is installed into a virtual environment of its own in a temporary folder; `--carebundle` names the
Python of one that is there already. Each round measures every row once, in processes of their own and one after the
other, so a busy machine slows all of them alike; figures are medians over the rounds. Rates are per second of CPU time
and include NDJSON; "at 40" is charts a second if a chart had 40 resources.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CAREBUNDLE = "carebundle==0.5.0"
SECONDS_TO_INSTALL = 300

OURS = """
import json, resource, sys, time
from synthetic.population import Population
from synthetic.writers.ndjson import chart_lines
share, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
population = Population(7, size)
if share != "0":
    from synthetic.edge_cases.injection import with_edge_cases
    population = with_edge_cases(population, share)
for index in range(40):
    population.chart(index)
resources = written = 0
wall, start = time.perf_counter(), time.process_time()
for index in range(count):
    chart = population.chart(index * 7919 % size)
    resources += chart.count
    written += len(chart_lines(chart))
print(json.dumps({"charts": count, "resources": resources, "bytes": written, "cpu": time.process_time() - start,
                  "wall": time.perf_counter() - wall, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""

THEIRS = """
import json, resource, sys, time
from carebundle import generate_cohort, to_ndjson
count = int(sys.argv[1])
to_ndjson(generate_cohort(count=5, seed=1))
wall, start = time.perf_counter(), time.process_time()
bundles = generate_cohort(count=count, seed=7)
files = to_ndjson(bundles)
cpu = time.process_time() - start
print(json.dumps({"charts": count, "resources": sum(len(bundle.entry) for bundle in bundles),
                  "bytes": sum(len(text.encode()) for text in files.values()), "cpu": cpu,
                  "wall": time.perf_counter() - wall, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""

FIRST_CHART = """
import time
from synthetic.population import Population
from synthetic.writers.ndjson import chart_lines
chart_lines(Population(7, 10_000_000).chart(4_999_999))
print(time.process_time())
"""

Figures = dict[str, float]


def measured(python: str, code: str, *words: object) -> Figures:
    ended = subprocess.run([python, "-c", code, *map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


def first_chart() -> Figures:
    start = time.perf_counter()
    cpu = measured(sys.executable, FIRST_CHART)
    return {"wall": time.perf_counter() - start, "cpu": cpu}


def side_by_side(processes: int, count: int) -> float:
    """Charts per second of the clock, all processes together, from the slowest one's point of view."""
    command = [sys.executable, "-c", OURS, "0", "1000000", str(count)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    walls = [json.loads(process.communicate()[0])["wall"] for process in started]
    return processes * count / max(walls)


def installed_carebundle(folder: str) -> str | None:
    """The Python that has carebundle; None, and a sentence why, when it cannot be had."""
    python = str(Path(folder) / "bin" / "python")
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True, text=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", CAREBUNDLE],
            check=True,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_INSTALL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        print(f"{CAREBUNDLE} cannot be installed here, so there is nothing to compare with: {reason[-1:]}")
        return None
    return python


def rates(rounds: list[Figures]) -> tuple[float, float, float, float]:
    """Charts, charts of 40 resources, resources and megabytes per CPU second: medians."""
    return tuple(
        statistics.median(figures[name] / factor / figures["cpu"] for figures in rounds)
        for name, factor in (("charts", 1), ("resources", 40), ("resources", 1), ("bytes", 1e6))
    )


def print_rates(rows: dict[str, list[Figures]]) -> None:
    print(f"{'per second of CPU time':24} {'charts':>8} {'at 40':>8} {'resources':>10} {'MB':>7} {'RSS MB':>7}")
    for name, rounds in rows.items():
        charts, at_40, resources, megabytes = rates(rounds)
        rss = statistics.median(figures["rss"] for figures in rounds) / 1024
        print(f"{name:24} {charts:8.0f} {at_40:8.0f} {resources:10.0f} {megabytes:7.1f} {rss:7.0f}")


def print_ratio(ours: list[Figures], theirs: list[Figures]) -> None:
    """Medians of the ratios of one round, which a change in the machine's speed leaves alone."""
    print("\ngauntlet / carebundle")
    for name in ("charts", "resources", "bytes"):
        ratios = [
            mine[name] / mine["cpu"] / (other[name] / other["cpu"]) for mine, other in zip(ours, theirs, strict=True)
        ]
        print(f"{name:24} {statistics.median(ratios):8.1f}  ({min(ratios):.1f} to {max(ratios):.1f})")


def one_round(rows: dict[str, list[Figures]], python: str | None, count: int) -> None:
    rows["clean"].append(measured(sys.executable, OURS, 0, 1_000_000, count))
    if python:
        rows["carebundle"].append(measured(python, THEIRS, max(20, count // 20)))
    rows["20 % edge cases"].append(measured(sys.executable, OURS, 0.2, 1_000_000, count))
    rows["of 10 million"].append(measured(sys.executable, OURS, 0, 10_000_000, count))


def compare(rounds: int, count: int, python: str | None) -> None:
    names = ["clean", "20 % edge cases", "of 10 million", *(["carebundle"] if python else [])]
    rows: dict[str, list[Figures]] = {name: [] for name in names}
    starts, scaling = [], []
    for _ in range(rounds):
        one_round(rows, python, count)
        starts.append(first_chart())
        scaling.append(side_by_side(2, count) / side_by_side(1, count))
    print_rates(rows)
    if python:
        print_ratio(rows["clean"], rows["carebundle"])
    first = {name: statistics.median(start[name] for start in starts) * 1000 for name in ("wall", "cpu")}
    print(f"\nfirst chart after process start: {first['wall']:.0f} ms ({first['cpu']:.0f} ms of CPU time)")
    print(f"two processes / one: {statistics.median(scaling):.2f}  ({min(scaling):.2f} to {max(scaling):.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed and memory of the synthetic population, beside carebundle.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--charts", type=int, default=1500, help="charts a measurement (carebundle: a twentieth)")
    parser.add_argument("--carebundle", metavar="PYTHON", help="a Python that has carebundle already")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carebundle-") as folder:
        compare(max(5, words.rounds), words.charts, words.carebundle or installed_carebundle(folder))


if __name__ == "__main__":
    main()
