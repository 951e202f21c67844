import json
import tomllib

import pytest

from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.fuzzing import process
from gauntlet.fuzzing.openapi import document
from gauntlet.fuzzing.process import Order, configuration, environment, fuzz, read_findings, require_schemathesis
from synthetic.population import Population

CHART = Population(7, 4000).chart(1)
ORDER = Order(2**40, 4000, [1], "http://127.0.0.1:9/fhir", "127.0.0.1:1", "openapi.json", own=True, examples=3)
REPORT = {
    "complete": True,
    "stop_reason": "completed",
    "operations": {"selected": 2, "tested": 2},
    "errors": [],
    "failures": [
        {"type": "ServerError", "title": "Server error", "operations": ["GET /Patient"]},
        {"type": "CustomFailure", "title": "Custom check failed: `no_internals`", "operations": ["GET /Patient"]},
    ],
}
ANSWERS = [{"operation": "GET /Patient", "status": 200}, {"operation": "GET /Condition", "status": 200}]


def read(tmp_path, report=None, answers=ANSWERS, own=True):
    report_file, answer_file, log = (tmp_path / name for name in ("r.json", "a.ndjson", "log"))
    if report is not None:
        report_file.write_text(json.dumps(report))
    answer_file.write_text("".join(json.dumps(item) + "\n" for item in answers))
    log.write_text("it fell over")
    return read_findings(report_file, answer_file, 1, log, own=own)


def test_findings_are_read_by_kind(tmp_path):
    wrong = {"operation": "GET /Patient", "status": 400, "failed": "no_internals"}
    found = read(tmp_path, REPORT, [*ANSWERS, wrong])
    assert found.failures == {"ServerError": ["GET /Patient"], "no_internals": ["GET /Patient"]}
    assert (found.requests, found.operations, list(found.told)) == (2, 2, [wrong])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"complete": False, "stop_reason": "interrupted"}, "stopped early"),
        ({"operations": {"selected": 5, "tested": 2}}, "2 of 5 operations"),
        ({"operations": {"selected": 0, "tested": 0}}, "0 of 0 operations"),
        ({"errors": ["boom"]}, "boom"),
    ],
)
def test_a_run_that_tested_too_little_proves_nothing(tmp_path, changes, why):
    with pytest.raises(Inconclusive, match=why):
        read(tmp_path, {**REPORT, **changes})


@pytest.mark.parametrize("status", [401, 404, 429])
def test_everything_refused_is_nothing_tried(tmp_path, status):
    refused = [{"operation": "GET /Patient", "status": status}]
    for answers, own in (([*ANSWERS[1:], *refused], True), (refused, False), ([], True)):
        with pytest.raises(Inconclusive, match="never served"):
            read(tmp_path, REPORT, answers, own=own)
    assert read(tmp_path, REPORT, [*ANSWERS, *refused]).requests == 3


def test_a_crash_is_our_own_trouble(tmp_path):
    with pytest.raises(HarnessError, match="it fell over"):
        read(tmp_path)


def test_a_run_that_hangs_is_ended_and_leaves_no_token(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LIMIT_S", 0.01)
    with pytest.raises(Inconclusive, match="did not end within"):
        fuzz(ORDER, "secret", tmp_path)
    assert not (tmp_path / "token").exists()


def test_the_configuration_is_whole():
    settings = tomllib.loads(configuration(ORDER))
    assert settings["base-url"] == ORDER.base_url
    assert settings["generation"]["max-examples"] == 3
    assert settings["checks"]["negative_data_rejection"] == {"enabled": False}


def test_nobodys_settings_get_in(tmp_path):
    made = environment({"PATH": "/bin", "SCHEMATHESIS_BASE_URL": "http://x", "HTTPS_PROXY": "x"}, tmp_path / "o.json")
    assert set(made) >= {"PATH", "SCHEMATHESIS_HOOKS"}
    assert "SCHEMATHESIS_BASE_URL" not in made
    assert "HTTPS_PROXY" not in made


def test_without_schemathesis_nothing_is_judged(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(Inconclusive, match=r"gauntlet-ehr\[contract\]"):
        require_schemathesis()


def test_the_document_describes_what_is_served():
    served = {"Patient": ["_id", "family"], "Condition": ["patient", "code", "_lastUpdated", "strange"]}
    made = document([CHART], served, {"Condition": {"resourceType": "Condition", "note": [{"text": "x"}]}})
    paths = made["paths"]
    assert set(paths) == {"/metadata", "/Patient/{id}", "/Patient", "/Condition/{id}", "/Condition"}
    names = [item["name"] for item in paths["/Condition"]["get"]["parameters"]]
    assert names == ["patient", "_lastUpdated", "code"]
    assert paths["/Patient"]["get"]["parameters"][0] == {
        "name": "_id",
        "in": "query",
        "required": True,
        "schema": {"anyOf": [{"enum": [CHART.id]}, {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}]},
        "example": CHART.id,
    }
    assert paths["/Condition"]["post"]["responses"].keys() == {"201", "4XX"}
