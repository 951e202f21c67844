"""Joining an audit trail of a million records with what was sent: seconds and memory.

    .venv/bin/python benchmarks/audit_join.py [--records 1000000]

The trail is a file of JSON lines as the reference gateway writes them; a thousandth of the records is missing, as much
is there twice and as much was never sent. Goals: under 20 s and 500 MB (peak resident memory of the process).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gauntlet.observe.audit import FIELDS, AuditTrailReader
from gauntlet.observe.audit_join import join

EACH = 1000  # of so many records one is missing, another one is doubled, and one more is invented


def correlation_id(number: int) -> str:
    return f"gauntlet-{number:024x}"


def write_trail(path: Path, records: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(records):
            if number % EACH == 0:
                continue
            line = (
                f'{{"seq":{number},"time":"2026-01-05T07:30:00.000Z","correlation_id":"{correlation_id(number)}",'
                f'"client_id":"app-interactive","user":null,"patient":"e{number % 4000:040d}",'
                f'"resource_type":"Observation","resource_id":null,"action":"search","result":"success","status":200,'
                f'"latency_ms":12.125,"policy":"permit:system/*.cruds","prev":"{number:064x}","hash":"{number:064x}"}}\n'
            )
            file.write(line * 2 if number % EACH == 1 else line)
            if number % EACH == 2:
                file.write(line.replace(correlation_id(number), f"invented-{number}"))


def one_run(trail: Path, records: int) -> dict[str, float]:
    reader = AuditTrailReader(trail, {name: name for name in FIELDS}, ())
    start, cpu = time.perf_counter(), time.process_time()
    found = join(map(correlation_id, range(records)), reader.correlation_ids())
    spent, worked = time.perf_counter() - start, time.process_time() - cpu
    wanted = [len(range(first, records, EACH)) for first in (0, 2, 1)]
    assert [len(found.missing), len(found.invented), len(found.doubled)] == wanted
    return {"seconds": spent, "CPU": worked, "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description="Joining an audit trail with what was sent.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--trail", type=Path, help="one run in this process on this trail, as JSON")
    words = parser.parse_args()
    if words.trail:
        print(json.dumps(one_run(words.trail, words.records)))
        return
    with tempfile.TemporaryDirectory() as folder:
        trail = Path(folder) / "audit.jsonl"
        write_trail(trail, words.records)
        command = [sys.executable, __file__, "--trail", str(trail), "--records", str(words.records)]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{words.records:,} records, {trail.stat().st_size / 1e6:.0f} MB")
    print(f"joined in {found['seconds']:.1f} s (goal 20; {found['CPU']:.1f} s of CPU), {found['MB']:.0f} MB (goal 500)")


if __name__ == "__main__":
    main()
