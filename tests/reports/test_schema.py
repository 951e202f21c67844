"""The published schema is what the result types say, and results are valid by it."""

from __future__ import annotations

from dataclasses import dataclass

import jsonschema_rs
import orjson
import pytest

from gauntlet.result import from_json, to_json
from reports import schema
from reports.text import redacted
from tests.reports import sample_run
from tests.reports.jsonschema import problems

RUNS = ["all_pass", "mixture", "nothing_claimed", "killed", "nothing_ran", "load_failing"]


def test_the_published_file_is_up_to_date():
    assert schema.published() == schema.text(), "run: python -m reports.schema > reports/results.schema.json"


@pytest.mark.parametrize("name", RUNS)
def test_results_are_valid(name):
    data = to_json(redacted(getattr(sample_run, name)()))  # as they are published
    assert problems(schema.document(), orjson.loads(data)) == []
    jsonschema_rs.validator_for(schema.document()).validate(orjson.loads(data))
    assert to_json(from_json(data)) == data


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda run: run.pop("seed"), "$: seed is missing"),
        (lambda run: run.update(mood="good"), "$: mood is not allowed"),
        (lambda run: run.update(seed="7"), "$.seed: '7' is no integer"),
        (lambda run: run.update(seed=True), "$.seed: True is no integer"),
        (lambda run: run.update(outcome="fine"), "$.outcome: 'fine' is none of"),
        (lambda run: run.update(schema_version=2), "$.schema_version: 2 is not 1"),
        (lambda run: run["checks"][0].update(verdict=None), "$.checks[0].verdict: None is none of"),
        (
            lambda run: run["checks"][0].update(measured={"x": "y"}),
            "$.checks[0].measured.x: 'y' is no number",
        ),
        (lambda run: run["load"][0]["lag"].pop("p999"), "$.load[0].lag: p999 is missing"),
    ],
)
def test_spoilt_results_are_not(spoil, problem):
    run = orjson.loads(to_json(sample_run.mixture()))
    spoil(run)
    assert any(found.startswith(problem) for found in problems(schema.document(), run))


def test_an_exchange_without_an_answer_is_valid():
    run = orjson.loads(to_json(sample_run.mixture()))
    statuses = [item["status"] for check in run["checks"] for item in check["exchanges"]]
    assert None in statuses
    assert problems(schema.document(), run) == []


def test_a_type_that_json_cannot_have_is_refused():
    @dataclass
    class Odd:
        value: complex

    Odd.__annotations__["value"] = complex
    with pytest.raises(TypeError, match="no JSON Schema for <class 'complex'>"):
        schema._described(Odd, {})
