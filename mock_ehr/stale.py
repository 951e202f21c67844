"""The stale fault: answers as a replica gives them that has not seen the last write."""

from __future__ import annotations

from dataclasses import replace

from mock_ehr import exact_json
from mock_ehr.behaviours.resources import Json, matches, parsed
from mock_ehr.facts import Facts
from mock_ehr.message import Answer
from mock_ehr.store import Store


def stale(answer: Answer, facts: Facts, store: Store) -> Answer | None:
    """Return the answer with earlier versions in it.

    The same object when nothing in it was changed since the start; None when it is one record that was created
    and is not there yet. XML answers stay as they are.
    """
    body = parsed(answer) if answer.status == 200 else None
    if body is None:
        return answer
    if body.get("resourceType") == "Bundle":
        return earlier_bundle(answer, body, store)
    if not store.is_changed(facts.resource_type, facts.resource_id):
        return answer
    before = store.previous(facts.resource_type, facts.resource_id)
    return replace(answer, body=before.json) if before else None


def earlier_bundle(answer: Answer, body: Json, store: Store) -> Answer:
    """Return a search answer with earlier versions, without what was created."""
    gone: list[Json] = []
    changed = False
    for entry in matches(body):
        key = (entry["resource"].get("resourceType", ""), entry["resource"].get("id", ""))
        if not store.is_changed(*key):
            continue
        changed = True
        before = store.previous(*key)
        if before:
            entry["resource"] = before.body()
        else:
            gone.append(entry)
    if not changed:
        return answer
    body["entry"] = [entry for entry in body["entry"] if not any(entry is item for item in gone)]
    if isinstance(body.get("total"), int):
        body["total"] -= len(gone)
    return replace(answer, body=exact_json.dumps(body))
