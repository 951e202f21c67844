"""Bundles that hold too much or too little."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_ehr import exact_json
from mock_ehr.behaviours.checks import check_flag, check_whole
from mock_ehr.behaviours.resources import Json, matches, parsed, table
from mock_ehr.behaviours.stage import Stage
from mock_ehr.message import Answer

MOST = 100_000


def rebundled(answer: Answer, change: Callable[[Json, list[Json]], None]) -> Answer:
    """Return the answer with `change` applied to its bundle and its matches; the same object when it has none.

    A table of rows is changed as if it were a bundle with the rows as its entries.
    """
    rows = table(answer)
    if rows is not None and rows[1]:
        as_bundle: Json = {"entry": rows[1]}
        change(as_bundle, list(rows[1]))
        return replace(answer, body=exact_json.dumps([{rows[0]: as_bundle["entry"]}]))
    body = parsed(answer)
    found = matches(body) if body else []
    if body is None or not found:
        return answer
    change(body, found)
    return replace(answer, body=exact_json.dumps(body))


@dataclass(frozen=True, slots=True)
class Duplicate:
    """List `entries` of the matches twice, drawn by the seed; `total` stays as it is."""

    kind: ClassVar[str] = "duplicate"
    stage: ClassVar[Stage] = Stage.CONTENT
    entries: int = 1

    def __post_init__(self) -> None:
        check_whole("entries", self.entries, 1, MOST)

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer with the copies next to their originals."""

        def change(body: Json, found: list[Json]) -> None:
            for entry in draw.sample(found, min(self.entries, len(found))):
                body["entry"].insert(body["entry"].index(entry), entry)

        return rebundled(answer, change)


@dataclass(frozen=True, slots=True)
class Missing:
    """Leave `entries` of the matches out, drawn by the seed; `total` stays unless `honest`."""

    kind: ClassVar[str] = "missing"
    stage: ClassVar[Stage] = Stage.CONTENT
    entries: int = 1
    honest: bool = False

    def __post_init__(self) -> None:
        check_whole("entries", self.entries, 1, MOST)
        check_flag("honest", self.honest)

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer without them."""

        def change(body: Json, found: list[Json]) -> None:
            gone = draw.sample(found, min(self.entries, len(found)))
            body["entry"] = [entry for entry in body["entry"] if not any(entry is item for item in gone)]
            if self.honest and isinstance(body.get("total"), int):
                body["total"] -= len(gone)

        return rebundled(answer, change)
