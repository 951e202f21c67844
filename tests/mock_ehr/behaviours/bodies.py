"""What the tests of behaviours start from."""

from __future__ import annotations

import json
import random
from typing import Any

from mock_ehr.behaviours import parse_behaviour
from mock_ehr.message import Answer

BOUNDARY_TYPE = "application/fhir+json; charset=utf-8"


def answer_of(body: Any) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(200, data, BOUNDARY_TYPE)


def rewritten(body: Any, raw: dict[str, Any], seed: int = 0) -> Answer | None:
    """The answer after the behaviour `raw`, None when it had nothing to change."""
    answer = answer_of(body)
    behaviour: Any = parse_behaviour(raw)
    changed: Answer = behaviour.rewrite(answer, random.Random(seed))
    return None if changed is answer else changed


def bundle(*resources: dict[str, Any], outcome: bool = False) -> dict[str, Any]:
    entries = [{"resource": resource, "search": {"mode": "match"}} for resource in resources]
    if outcome:
        entries.append({"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}})
    return {"resourceType": "Bundle", "total": len(resources), "entry": entries}
