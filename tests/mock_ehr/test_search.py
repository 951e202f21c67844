"""Criteria of FHIR search over single records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_ehr.search import PARAMETERS, InvalidValueError, criterion
from mock_ehr.search_parameters import FOLLOWED, followed
from mock_ehr.store import Record
from synthetic.r4.definitions import definitions

SUBJECT = {"subject": {"reference": "Patient/eOne"}}


def record(kind: str, **body: Any) -> Record:
    return Record(kind, "x", "eOne", json.dumps({"resourceType": kind, "id": "x", **body}).encode())


@pytest.mark.parametrize(
    ("kind", "name", "text", "body", "fits"),
    [
        ("Slot", "start", "ge2026-06-16", {"start": "2026-06-16T12:00:00Z"}, True),
        ("Slot", "start", "lt2026-06-16", {"start": "2026-06-16T12:00:00Z"}, False),
        ("Slot", "schedule", "http://ehr.test/R4/Schedule/e1", {"schedule": {"reference": "Schedule/e1"}}, True),
        ("Slot", "schedule", "e1", {"schedule": {"reference": "Schedule/e1"}}, True),
        ("Slot", "schedule", "Practitioner/e1", {"schedule": {"reference": "Schedule/e1"}}, False),
        ("Organization", "name", "gaunt", {"name": "Gauntlet General"}, True),
        ("Organization", "name", "general", {"name": "Gauntlet General"}, False),
        ("Organization", "active", "true", {"active": True}, True),
        ("Condition", "_lastUpdated", "2026-05", {"recordedDate": "2026-05-06"}, True),
        ("Condition", "_lastUpdated", "2026-05", {"meta": {"lastUpdated": "2026-05-06T00:00:00Z"}}, True),
        ("Encounter", "date", "2026", {"period": {"start": "2026-01-01", "end": "2026-02-01"}}, True),
        ("Encounter", "date", "2026", {"period": {"start": "rubbish"}}, False),
        ("Encounter", "class", "AMB", {"class": "AMB"}, True),
        ("Condition", "code", "x", {"code": 7}, False),
        ("Condition", "code", "x", {"code": [{"coding": [{"code": "x"}]}]}, True),
        ("Condition", "code", "x", {"code": {"coding": "x"}}, True),
        ("Condition", "patient", "eOne", {"subject": "Patient/eOne"}, False),
    ],
)
def test_fits(kind: str, name: str, text: str, body: dict[str, Any], fits: bool) -> None:
    made = criterion(PARAMETERS[kind][name], text)
    assert made.matches(record(kind, **body)) == fits
    assert bool(made.select([record(kind, **body)])) == fits


@pytest.mark.parametrize(
    ("name", "text"), [("code", "x"), ("date", "2026"), ("patient", "eTwo"), ("_lastUpdated", "1")]
)
def test_what_cannot_be_read_fits_everything(name: str, text: str) -> None:
    broken = Record("Observation", "x", "eOne", b'{"resourceType":"Observation"')
    made = criterion(PARAMETERS["Observation"][name], "2026" if name == "_lastUpdated" else text)
    assert made.matches(broken)
    assert made.select([broken]) == [broken]


@pytest.mark.parametrize("text", ["", ",", "zz2026", "2026-13", "yesterday"])
def test_refuses_a_value(text: str) -> None:
    with pytest.raises(InvalidValueError):
        criterion(PARAMETERS["Slot"]["start"], text)


def first_steps(kind: str) -> set[str]:
    return {name for element in definitions().types[kind] for name in element.json_names()} | {"meta", "id"}


@pytest.mark.parametrize("kind", sorted(PARAMETERS))
def test_every_path_is_an_element(kind: str) -> None:
    paths = {path for known in PARAMETERS[kind].values() for path in known.paths}
    paths |= {path for listed in FOLLOWED.get(kind, {}).values() for path in listed}
    assert {path.partition(".")[0] for path in paths} <= first_steps(kind)


def test_includes_follow_references_only() -> None:
    assert followed("Observation", "subject") == ("subject",)
    assert followed("MedicationRequest", "medication") == ("medicationReference",)
    assert followed("Observation", "code") == followed("Nothing", "x") == ()
