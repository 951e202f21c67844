"""Load results made up for the report tests."""

from __future__ import annotations

import math

from gauntlet.load_result import EndpointLoad, LoadResult, LoadSecond, Objective, Percentiles
from gauntlet.verdict import Verdict


def load(failing: bool = False) -> LoadResult:
    timeline = [second(number, failing) for number in range(120)]
    p99 = 4120.0 if failing else 412.0
    quick = Percentiles(9000, 41.0, 180.5, p99 / 2, p99, p99 * 1.1)
    endpoints = [
        EndpointLoad("GET Patient/[id]", 6000, 0, 0, quick, quick),
        EndpointLoad("GET Observation?", 9000, 31 if failing else 0, 0, quick, quick),
        EndpointLoad("all", 15000, 31 if failing else 0, 0, Percentiles(15000, 52.0, 240.0, p99, p99, p99), quick),
    ]
    return LoadResult(
        profile="morning-spike" if failing else "steady-day",
        why="a 600-bed hospital charts 4000 vitals between 7:00 and 7:45",
        seed=7,
        duration_s=120.0,
        wanted=15000,
        sent=14980,
        unsent=20,
        lag=Percentiles(15000, 0.2, 1.1, 3.0, 6.0, 9.5),
        endpoints=endpoints,
        timeline=timeline,
        objectives=[
            Objective("p99_ms", 1500.0, p99, held=not failing),
            Objective("error_rate", 0.01, 0.002, held=True),
        ],
        verdict=Verdict.FAIL if failing else Verdict.PASS,
        reason=f"p99 of {p99:.0f} ms, 1500 ms allowed" if failing else "",
        ehr_calls=15320,
        sample_errors=["GET Observation?: 503 after 30.0 s"] if failing else [],
        validated=200,
        broken_rules={"Observation.status (required)": 3} if failing else {},
    )


def second(number: int, failing: bool) -> LoadSecond:
    wanted = round(60 + 140 * math.exp(-(((number - 60) / 22) ** 2)))
    late = max(0, 40 - abs(number - 70)) if failing else 0
    p50 = 40 + late * 12 + 6 * math.sin(number)
    return LoadSecond(
        second=number,
        wanted=wanted,
        answered=wanted - late,
        errors=late // 4,
        p50_ms=p50,
        p95_ms=p50 * 2.4,
        p99_ms=p50 * 4 + late * 60,
    )
