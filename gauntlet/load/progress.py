"""How a run is getting on: small lines the generator appends to a file and the harness reads meanwhile."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson

from gauntlet.load.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Progress:
    """The state at `elapsed_s`; rates since the line before, percentiles of the whole run so far."""

    elapsed_s: float
    duration_s: float
    wanted: int
    answered: int
    outstanding: int
    errors: int
    wrong_patient: int
    wanted_per_s: float
    answered_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    lag_p99_ms: float
    errors_lately: int = 0  # since the line before, as are the percentiles below
    p50_lately_ms: float = 0.0
    p95_lately_ms: float = 0.0
    p99_lately_ms: float = 0.0

    def line(self) -> str:
        """Return the state in one line for people."""
        return (
            f"{self.elapsed_s:.0f} of {self.duration_s:.0f} s: {self.wanted_per_s:.0f}/s wanted,"
            f" {self.answered_per_s:.0f}/s answered, {self.outstanding} waiting, {self.errors} errors,"
            f" {self.wrong_patient} wrong patients; p50 {self.p50_ms:.0f}, p95 {self.p95_ms:.0f},"
            f" p99 {self.p99_ms:.0f} ms"
        )


class ProgressMeter:
    """Reads a recorder from time to time and works out what happened since the last reading."""

    def __init__(self, recorder: Recorder, duration_s: float) -> None:
        self._recorder, self._duration_s = recorder, duration_s
        self._then, self._wanted, self._answered, self._errors = 0.0, 0, 0, 0

    def read(self, now_s: float, outstanding: int) -> Progress:
        """Return the state at `now_s` seconds after the start, with `outstanding` requests under way."""
        recorder = self._recorder
        whole, fresh = recorder.take_lately()
        wanted, answered, span = recorder.lag.count, recorder.answered, max(now_s - self._then, 0.001)
        p50, p95, p99 = whole.percentiles_ms((50, 95, 99))
        recorder.meanwhile()
        lately = fresh.percentiles_ms((50, 95, 99))
        recorder.meanwhile()
        progress = Progress(
            elapsed_s=max(now_s, 0.0),
            duration_s=self._duration_s,
            wanted=wanted,
            answered=answered,
            outstanding=outstanding,
            errors=recorder.errors,
            wrong_patient=recorder.wrong_patient,
            wanted_per_s=(wanted - self._wanted) / span,
            answered_per_s=(answered - self._answered) / span,
            p50_ms=p50,
            p95_ms=p95,
            p99_ms=p99,
            lag_p99_ms=recorder.lag.percentile_ms(99),
            errors_lately=recorder.errors - self._errors,
            p50_lately_ms=lately[0],
            p95_lately_ms=lately[1],
            p99_lately_ms=lately[2],
        )
        self._then, self._wanted, self._answered, self._errors = now_s, wanted, answered, recorder.errors
        return progress


def to_line(progress: Progress) -> bytes:
    """Return `progress` as one line of NDJSON."""
    return orjson.dumps(asdict(progress)) + b"\n"


class ProgressReader:
    """Turns the bytes of a growing progress file into values; an unfinished line waits for its rest."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Progress]:
        """Return what the lines completed by `data` say. Raises ValueError or TypeError for another line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [Progress(**orjson.loads(line)) for line in lines]
