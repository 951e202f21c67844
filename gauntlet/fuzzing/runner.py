"""One Schemathesis run for all checks of a session."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gauntlet import writing
from gauntlet.errors import Inconclusive
from gauntlet.fuzzing.openapi import document
from gauntlet.fuzzing.process import Fuzzed, Order, fuzz, require_schemathesis
from gauntlet.result import Exchange
from gauntlet.running import RunningCheck
from gauntlet.session import Session
from synthetic.population import Chart

CHARTS = 2


class Fuzzer:
    """Tries the published API once; every check looks at the same findings."""

    def __init__(self, session: Session, running: RunningCheck) -> None:
        self._session = session
        self._running = running

    def findings(self, served: Mapping[str, Sequence[str]]) -> Fuzzed:
        """Return what was found. Raises Inconclusive, each time again, when the API could not be tried."""
        known = self._session.fuzzed
        if known is None:
            try:
                known = self._tried(served)
            except Inconclusive as obstacle:
                known = obstacle.reason
            self._session.fuzzed = known
        if isinstance(known, str):
            raise Inconclusive(known)
        self._running.measured.update(requests=known.requests, operations=known.operations)
        return known

    def _tried(self, served: Mapping[str, Sequence[str]]) -> Fuzzed:
        require_schemathesis()
        session, lab = self._session, self._session.lab
        settings, claims = session.target.file, session.target.file.claims
        charts = [self._running.next_chart() for _ in range(CHARTS)]
        folder = Path(session.plan.run_dir) / "fuzzing"
        given = settings.contract.openapi
        order = Order(
            seed=session.plan.seed,
            population=session.population.size,
            charts=[chart.index for chart in charts],
            base_url=lab.base_url,
            ehr=urlsplit(lab.values["ehr.base_url"]).netloc,
            api=self._api(given) if given else str(_written(folder, self._shown(charts, served), served, claims.write)),
            own=given is None,
            examples=max(3, settings.contract.examples // 10),
        )
        token = lab.tokens.token(settings.consumer.clients.interactive, scope="system/*.cruds")
        return fuzz(order, token, folder)

    def _shown(self, charts: Sequence[Chart], served: Mapping[str, Sequence[str]]) -> list[Chart]:
        """Return the charts with the ids that can be asked for."""
        known = self._session.known
        return [known.as_delivered(chart, served) if known else chart for chart in charts]

    def _api(self, given: str) -> str:
        if given.startswith(("http://", "https://")):
            return given
        return str((self._session.target.path.parent / given).resolve())

    def show(self, told: Mapping[str, Any]) -> None:
        """Put a failing exchange into the evidence of the check."""
        self._running.ledger.add(
            Exchange(
                side="consumer",
                started_ms=0.0,
                duration_ms=0.0,
                method=told["method"],
                url=told["url"],
                status=told["status"],
                request_headers={"Authorization": "Bearer [redacted]"},
                request_body=told["request_body"],
                response_body=told["body"],
                note="sent by Schemathesis",
            )
        )


def _written(folder: Path, charts: Sequence[Chart], served: Mapping[str, Sequence[str]], claim: Any) -> Path:
    """Write the OpenAPI document of what is claimed and return its file."""
    types = claim.types[:1] if claim else ()  # one is enough: creates of others go the same way
    bodies = {kind: json.loads(writing.body(kind, charts[0])) for kind in types}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "openapi.json"
    file.write_text(json.dumps(document(charts, served, bodies)), encoding="utf-8")
    return file
