"""Exports as a consumer makes them, against scripted answers."""

import json

import pytest

from gauntlet.answer import Answer
from gauntlet.bulk_export import BulkExport
from gauntlet.errors import Inconclusive

MANIFEST = {"output": [{"type": "Condition", "url": "http://g/one"}, {"type": "Condition", "url": "http://g/two"}]}


class Scripted:
    """An app that is given one answer after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def send(self, method, path, **options):
        self.sent.append((method, path, options))
        return self.answers.pop(0)


def answer(status, body=b"", **headers):
    return Answer("POST http://g/fhir/Patient/$export", status, headers, body, 0.1)


def export(app, ticks=()):
    clock = iter([0.0, *ticks])
    return BulkExport(app, "http://g/status", lambda: next(clock), lambda _: None)


def test_a_kick_off_names_patients_and_types():
    app = Scripted(answer(202, **{"content-location": "http://g/status"}))
    begun = BulkExport.begin(app, "Patient/$export", ["a", "b"], ["Condition", "Encounter"])
    method, path, options = app.sent[0]
    sent = json.loads(options["body"])["parameter"]
    assert (method, path, begun.status_url) == ("POST", "Patient/$export", "http://g/status")
    assert [item.get("valueReference", {}).get("reference") for item in sent] == ["Patient/a", "Patient/b", None]
    assert sent[2]["valueString"] == "Condition,Encounter"


@pytest.mark.parametrize("refusal", [answer(404), answer(202), answer(200)])
def test_an_export_that_does_not_begin(refusal):
    with pytest.raises(Inconclusive, match="did not begin"):
        BulkExport.begin(Scripted(refusal), "Patient/$export", ["a"], ["Condition"])


def test_records_of_all_files_once_it_is_done():
    files = (answer(200, b'{"id":"1"}\n{"id":"2"}\n'), answer(403))
    app = Scripted(answer(202), answer(200, json.dumps(MANIFEST).encode()), *files)
    assert export(app, [1.0]).records(5.0) == [{"id": "1"}, {"id": "2"}]


def test_an_export_that_is_refused_brings_nothing():
    assert export(Scripted(answer(403))).records(5.0) == []


def test_an_export_that_is_never_done():
    with pytest.raises(Inconclusive, match="not done within 5 s"):
        export(Scripted(answer(202), answer(202)), [1.0, 6.0]).records(5.0)


@pytest.mark.parametrize("found", [b"[]", b'"x"'])
def test_a_manifest_that_is_none(found):
    with pytest.raises(Inconclusive, match="no manifest"):
        export(Scripted(answer(200, found))).records(5.0)


def test_a_file_that_is_no_ndjson():
    with pytest.raises(Inconclusive, match="no NDJSON"):
        export(Scripted(answer(200, json.dumps(MANIFEST).encode()), answer(200, b"<html>"))).records(5.0)
