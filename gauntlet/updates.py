"""Updates of one record under the condition that it is still the one that was read (FHIR R4, http: If-Match)."""

from __future__ import annotations

import json

import pytest

from gauntlet import expect, writing
from gauntlet.answer import Answer
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive
from gauntlet.history.clients import note_of
from gauntlet.target_model import Claims
from synthetic.population import Chart

Record = tuple[str, str]  # type and id


def updatable(claims: Claims, app: Consumer, chart: Chart) -> Record:
    """Create a record that can be updated. A target without updates skips the check; Inconclusive when it fails."""
    if claims.write is None or not claims.write.updates:
        pytest.skip("the target does not claim to update records")
    resource_type = claims.write.updates[0]
    answer = app.create(resource_type, writing.body(resource_type, chart, note="first"))
    if answer.status != 201 or not answer.created_id:
        raise Inconclusive(f"the record to update was not created: {answer.brief()}")
    return resource_type, answer.created_id


def changed(app: Consumer, record: Record, note: str) -> tuple[str, bytes]:
    """Read the record and return (entity tag, body with another note)."""
    answer = expect.status(app.read(*record), 200)
    tag = expect.header(answer, "ETag", "a record that can be updated has no ETag to make a condition of")
    resource = json.loads(answer.body)
    return tag, json.dumps({**resource, "note": [{"text": note}]}).encode()


def update(app: Consumer, record: Record, tag: str, body: bytes) -> Answer:
    """Send an update; without a tag no condition."""
    return app.send("PUT", "/".join(record), body=body, headers={"If-Match": tag} if tag else {})


def note_at_ehr(ehr: Ehr, record: Record, chart: Chart) -> str:
    """Return the note that the EHR holds. Raises Inconclusive unless it holds the record once."""
    held = [item["resource"] for item in ehr.held(record[0], chart.id) if item["resource"]["id"] == record[1]]
    if len(held) != 1:
        raise Inconclusive(f"the EHR holds the record {len(held)} times")
    return note_of(held[0])
