"""A nightly batch job beside the arrivals: fetches every record of some patients, and keeps what it was given.

A job of its kind waits for its answers, takes a refusal for want of room as it is meant (Retry-After), and asks again.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from gauntlet.answer import Answer
from gauntlet.coming_back import seconds_told
from gauntlet.consumer import Consumer
from gauntlet.errors import CheckFailed, NoAnswer
from gauntlet.load.profile_tables import Sync
from gauntlet.sweep import next_link
from synthetic.population import Chart

_AGAIN = (429, 502, 503, 504)
_MOST_WAIT_S = 5.0
_UNTOLD_WAIT_S = 0.2
_MOST_PAGES = 60
_NOT_ASKED = frozenset({"Observation", "Patient"})  # a search for observations needs a category


@dataclass
class BatchSync:
    """One job. After it: `delivered` counts each record, `wanted` is the truth, `took_s` its time."""

    app: Consumer
    charts: Sequence[Chart]
    types: Sequence[str]
    sync: Sync
    delivered: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    waited: int = 0  # answers that said: later
    took_s: float | None = None  # None: it was not done when the load ended

    @property
    def wanted(self) -> set[tuple[str, str]]:
        """Every record that the job has to bring."""
        return {
            (kind, record.id) for chart in self.charts for kind in self._searched() for record in chart.of_type(kind)
        }

    def carry_out(self, ended: Callable[[], bool]) -> None:  # noqa: ARG002 - a job is done when it is done
        """Fetch everything."""
        started = time.monotonic()
        deadline = started + 2 * self.sync.window_s
        work = [(chart, kind) for chart in self.charts for kind in self._searched()]
        with concurrent.futures.ThreadPoolExecutor(self.sync.at_once) as pool:
            over = [pool.submit(self._fetch, chart, kind, lambda: time.monotonic() > deadline) for chart, kind in work]
            for future in over:
                future.result()
        self.took_s = time.monotonic() - started

    def _searched(self) -> list[str]:
        return [kind for kind in self.types if kind not in _NOT_ASKED]

    def _fetch(self, chart: Chart, kind: str, late: Callable[[], bool]) -> None:
        try:
            answer = self._patient(lambda: self.app.search(kind, {"patient": chart.id}), late)
            for _ in range(_MOST_PAGES):
                if answer.status != 200:
                    self.failures.append(f"{answer.sent}: {answer.status}")
                    return
                self.delivered.update((kind, str(item.get("id"))) for item in answer.matches())
                link = next_link(answer.resource("Bundle"))
                if link is None:
                    return
                answer = self._patient(partial(self.app.send, "GET", link), late)
        except CheckFailed as failure:
            self.failures.append(failure.reason)

    def _patient(self, ask: Callable[[], Answer], late: Callable[[], bool]) -> Answer:
        """Return the answer that is not "later"; the last one when it is too late for that."""
        while True:
            try:
                answer = ask()
            except NoAnswer:
                if late():
                    raise
                time.sleep(_UNTOLD_WAIT_S)
                continue
            if answer.status not in _AGAIN or late():
                return answer
            self.waited += 1
            told = seconds_told(answer.headers.get("retry-after", ""), time.time())
            time.sleep(min(_UNTOLD_WAIT_S if told is None else told, _MOST_WAIT_S))
