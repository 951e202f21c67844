from __future__ import annotations

from array import array

import pytest

from gauntlet.load.arrivals import Schedule
from gauntlet.load.patient_check import RIGHT
from gauntlet.load.progress import Progress, ProgressMeter, ProgressReader, to_line
from gauntlet.load.recorder import Outcome, Recorder


def recorder(arrivals: int) -> Recorder:
    zeros = [0] * arrivals
    return Recorder(["header"], Schedule(array("d", zeros), array("H", zeros), array("L", zeros)), seed=1)


def test_rates_cover_the_time_since_the_last_reading() -> None:
    source = recorder(30)
    meter = ProgressMeter(source, duration_s=4.0)
    for index in range(10):
        source.arrived(index, 0.002)
        source.record(Outcome(index, 0.01, 0.01, answered=True, finding=RIGHT))
    first = meter.read(1.0, outstanding=0)
    for index in range(10, 30):
        source.arrived(index, 0.002)
    second = meter.read(1.5, outstanding=20)
    assert (first.wanted_per_s, first.answered_per_s, first.p50_ms) == (10, 10, 10)
    assert (second.wanted_per_s, second.answered_per_s, second.outstanding, second.wanted) == (40, 0, 20, 30)


def test_the_line_for_people() -> None:
    now = Progress(3.2, 20.0, 300, 280, 20, 4, 1, 98.4, 97.0, 3.3, 20.0, 31.6, 0.9)
    assert now.line() == (
        "3 of 20 s: 98/s wanted, 97/s answered, 20 waiting, 4 errors, 1 wrong patients; p50 3, p95 20, p99 32 ms"
    )


def test_lines_come_back_however_they_are_cut() -> None:
    meter = ProgressMeter(recorder(0), duration_s=4.0)
    sent = [meter.read(0.5, 1), meter.read(1.0, 2)]
    data = b"".join(to_line(item) for item in sent)
    reader = ProgressReader()
    assert [item for byte in data for item in reader.feed(bytes([byte]))] == sent


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"elapsed": 1}\n'])
def test_a_line_not_ours_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        ProgressReader().feed(line)
