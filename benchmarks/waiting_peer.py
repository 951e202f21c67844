"""How late a process wakes that does nothing else: the least start lag that this machine allows just now.

    .venv/bin/python benchmarks/waiting_peer.py RATE SECONDS

Wakes for moments drawn as an open schedule of RATE/s, those within 0.4 ms of each other at once, as our engine does,
and prints percentiles of its lateness in milliseconds as JSON. `load_truth.py lag` runs it in turns with the engine.
"""

import json
import random
import sys
import time

from gauntlet.load.histogram import Histogram

COALESCED_S = 0.0004


def lateness(rate: float, seconds: float) -> Histogram:
    """Wait for every moment of the schedule; return how late each was noticed."""
    source, found = random.Random(7), Histogram()
    due, late = 0.0, []
    begin = time.perf_counter() + 0.1
    while due < seconds:
        due += source.expovariate(rate)
        wait = begin + due - time.perf_counter()
        if wait > 0:
            time.sleep(max(wait, COALESCED_S))
        late.append(time.perf_counter() - begin - due)
    found.record_all(late)
    return found


if __name__ == "__main__":
    print(json.dumps(lateness(float(sys.argv[1]), float(sys.argv[2])).percentiles_ms((50, 99, 99.9))))
