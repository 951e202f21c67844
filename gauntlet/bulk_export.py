"""A bulk export as a consumer makes it: kick-off, waiting, files (https://hl7.org/fhir/uv/bulkdata/export.html)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gauntlet.consumer import Consumer
from gauntlet.errors import Inconclusive

_STARTED, _DONE = 202, 200
_PAUSE_S = 0.2
_NDJSON = {"Accept": "application/fhir+ndjson, */*;q=0.1"}
Json = dict[str, Any]


@dataclass(frozen=True)
class BulkExport:
    """An export that has begun; `status_url` tells when it is done."""

    app: Consumer
    status_url: str
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    @classmethod
    def begin(cls, app: Consumer, path: str, patients: Sequence[str], types: Sequence[str]) -> BulkExport:
        """Start the export of these patients. Raises Inconclusive when it does not start."""
        asked = [{"name": "patient", "valueReference": {"reference": f"Patient/{item}"}} for item in patients]
        asked.append({"name": "_type", "valueString": ",".join(types)})
        body = json.dumps({"resourceType": "Parameters", "parameter": asked}).encode()
        answer = app.send("POST", path, body=body, headers={"Prefer": "respond-async"})
        if answer.status != _STARTED or not answer.address("Content-Location"):
            raise Inconclusive(f"the export did not begin: {answer.brief()}")
        return cls(app, answer.address("Content-Location"))

    def records(self, within_s: float) -> list[Json]:
        """Return all records in its files once it is done; those of a file, or an export, that is refused are none.

        Raises Inconclusive when it is not done within so many seconds or is no export.
        """
        manifest = self._manifest(within_s)
        urls = [str(item["url"]) for item in manifest.get("output", [])]
        return [record for url in urls for record in self._file(url)]

    def _manifest(self, within_s: float) -> Json:
        deadline = self.clock() + within_s
        while True:
            answer = self.app.send("GET", self.status_url, headers={"Accept": "application/json"})
            if answer.status == _DONE:
                content = answer.json()
                if not isinstance(content, dict):
                    raise Inconclusive(f"the status of the export is no manifest: {answer.brief()}")
                return content
            if answer.status != _STARTED:
                return {}
            if self.clock() > deadline:
                raise Inconclusive(f"the export was not done within {within_s:g} s")
            self.pause(_PAUSE_S)

    def _file(self, url: str) -> Iterator[Json]:
        answer = self.app.send("GET", url, headers=_NDJSON)
        if answer.status != _DONE:
            return
        for line in answer.body.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                raise Inconclusive(f"a file of the export is no NDJSON: {answer.brief()}") from None
            if isinstance(record, dict):
                yield record
