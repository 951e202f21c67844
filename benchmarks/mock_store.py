"""Opening and reading the mock EHR's store: 70,000 virtual patients with about 3 million resources.

    .venv/bin/python benchmarks/mock_store.py [--patients 70000] [--reads 100000]

Nothing is stored before it is read, so opening costs no more for 10 million patients. Private memory is what the
process does not share (Private_Clean and Private_Dirty of /proc/self/smaps_rollup), over that of the interpreter with
the same modules loaded. Reads go to charts drawn evenly over all; after each, one resource of the chart is found by id.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

from mock_ehr.charts import KEPT_BYTES
from mock_ehr.store import Store
from mock_ehr.vendors.epic.dress import Dress
from mock_ehr.vendors.epic.quirks import EpicQuirks
from synthetic.population import Population

SAMPLE = 200  # charts whose resources are counted
ROUNDS = 5


def private_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def one_run(patients: int, reads: int) -> dict[str, float]:
    """Open the store in this process and read from it."""
    before = private_mb()
    start = time.perf_counter()
    store = Store(Population(7, patients), Dress(EpicQuirks()))
    opened = time.perf_counter()
    opened_mb = private_mb() - before
    first = record = store.records(patients // 2)[1]
    first_read = time.perf_counter()
    source, spent = random.Random(7), []
    cpu = time.process_time()
    for _ in range(reads):
        record = store.records(source.randrange(patients))[-1]
        assert store.find(record.type, record.id) is record
    spent = time.process_time() - cpu
    again = time.perf_counter()
    for _ in range(1000):
        store.find(record.type, record.id)
    hot = time.perf_counter() - again
    assert store.find(first.type, first.id).json == first.json
    return {
        "opened ms": 1000 * (opened - start),
        "opened MB": opened_mb,
        "first ms": 1000 * (first_read - opened),
        "cold us": 1e6 * spent / max(1, reads),
        "hot us": 1000 * hot,
        "MB": private_mb() - before,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Opening and reading the mock EHR's store.")
    parser.add_argument("--patients", type=int, default=70_000)
    parser.add_argument("--reads", type=int, default=100_000, help="reads of the last run; the others do without")
    parser.add_argument("--once", action="store_true", help="one run in this process, as JSON")
    words = parser.parse_args()
    if words.once:
        print(json.dumps(one_run(words.patients, words.reads)))
        return
    charts = (Population(7, words.patients).chart(n * words.patients // SAMPLE) for n in range(SAMPLE))
    resources = statistics.mean(len(chart.resources) for chart in charts) * words.patients
    print(f"{words.patients:,} patients, about {resources / 1e6:.1f} million resources")
    print(f"charts are kept up to {KEPT_BYTES >> 20} MB")
    for size in (words.patients, 10_000_000):
        runs = [child(size, 0) for _ in range(ROUNDS)]
        for name, what in (("opened ms", "opened, ms (goal 50)"), ("opened MB", "opened, private MB (goal 64)"),
                           ("first ms", "first read, ms")):  # fmt: skip
            print(f"{size:>10,} patients: {what:32} {statistics.median(run[name] for run in runs):8.2f}")
    end = child(words.patients, words.reads)
    print(f"after {words.reads:,} reads over all: {end['cold us']:.0f} us of CPU a read of a chart that is not kept")
    print(f"a read of one that is kept: {end['hot us']:.2f} us; private memory {end['MB']:.0f} MB")


def child(patients: int, reads: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--once", "--patients", str(patients), "--reads", str(reads)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
