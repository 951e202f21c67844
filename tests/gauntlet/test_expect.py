from decimal import Decimal

import pytest

from gauntlet import expect
from gauntlet.answer import Answer
from gauntlet.errors import CheckFailed

OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login"}]}'


def answer(status=200, body=b"{}", content_type="application/fhir+json", **headers):
    return Answer("GET http://g/Patient/1", status, {"content-type": content_type, **headers}, body, 0.1)


def failure(judge, *arguments):
    with pytest.raises(CheckFailed) as caught:
        judge(*arguments)
    return caught.value


def test_that():
    expect.that(True, "no", expected="a", actual="b")
    found = failure(lambda: expect.that(False, "no", expected="a", actual="b", hint="c"))
    assert (found.reason, found.expected, found.actual, found.hint) == ("no", "a", "b", "c")


def test_equal():
    expect.equal([1], [1], "no")
    assert (failure(expect.equal, 1, 2, "no").expected, failure(expect.equal, 1, 2, "no").actual) == ("2", "1")


@pytest.mark.parametrize(
    ("judge", "value", "limit", "holds"),
    [
        (expect.at_most, 2, 2, True),
        (expect.at_most, 2.1, 2, False),
        (expect.at_most, float("nan"), 2, False),
        (expect.at_least, 2, 2, True),
        (expect.at_least, 1.9, 2, False),
        (expect.at_least, float("nan"), 2, False),
    ],
)
def test_limits(judge, value, limit, holds):
    if holds:
        judge(value, limit, "no", "s")
    else:
        assert failure(judge, value, limit, "no", "s").actual == f"{value:g} s"


def test_status():
    assert expect.status(answer(201), 200, 201).status == 201
    found = failure(expect.status, answer(500, b"oops"), 200, 201)
    assert found.reason == "GET http://g/Patient/1 was answered with 500, not 200 or 201"
    assert found.expected == "status 200 or 201"
    assert found.actual == "500 application/fhir+json: 'oops'"


def test_no_status_is_allowed_by_default():
    failure(expect.status, answer(200))


def test_header():
    assert expect.header(answer(etag='W/"1"'), "ETag", "no") == 'W/"1"'
    assert failure(expect.header, answer(), "ETag", "no").actual == "headers: content-type"


def test_operation_outcome():
    assert expect.operation_outcome(answer(401, OUTCOME))["issue"]
    assert expect.operation_outcome(answer(401, OUTCOME, "application/fhir+json; charset=utf-8"), "login", "security")


@pytest.mark.parametrize(
    ("given", "codes", "reason"),
    [
        (answer(401, OUTCOME, "application/json"), (), "is not FHIR JSON"),
        (answer(401, b"<html>", "text/html"), (), "is not FHIR JSON"),
        (answer(401, b"", ""), (), "is not FHIR JSON"),
        (answer(401, b"<html>"), (), "is not JSON"),
        (answer(401, b"[]"), (), "is not a OperationOutcome"),
        (answer(401, b'"OperationOutcome"'), (), "is not a OperationOutcome"),
        (answer(401, b'{"resourceType":"Patient"}'), (), "is not a OperationOutcome"),
        (answer(401, b'{"resourceType":"OperationOutcome"}'), (), "is not valid FHIR R4"),
        (answer(401, b'{"resourceType":"OperationOutcome","issue":[]}'), (), "is not valid FHIR R4"),
        (answer(401, b'{"resourceType":"OperationOutcome","issue":{"code":"login"}}'), ("login",), "is not valid FHIR"),
        (
            answer(401, b'{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}'),
            (),
            "is not valid FHIR R4",
        ),
        (answer(401, OUTCOME.replace(b"login", b"loginn")), (), "is not valid FHIR R4"),
        (answer(401, OUTCOME), ("forbidden",), "does not say what kind of error it is"),
    ],
)
def test_what_is_no_operation_outcome(given, codes, reason):
    assert reason in failure(expect.operation_outcome, given, *codes).reason


def test_valid_r4_names_path_and_rule():
    expect.valid_r4({"resourceType": "Patient"}, "it")
    found = failure(expect.valid_r4, {"resourceType": "Patient", "birthDate": "1.1.1970"}, "it")
    assert found.reason == "it is not valid FHIR R4"
    assert "Patient.birthDate" in found.actual


@pytest.mark.parametrize("actual", [["a", "b"], ["b", "a"]])
def test_same_set(actual):
    expect.same_set(actual, ["a", "b"], "it")


@pytest.mark.parametrize(
    ("actual", "told"),
    [
        ([], "missing ['a', 'b'], extra [], delivered twice []"),
        (["a", "b", "c"], "missing [], extra ['c'], delivered twice []"),
        (["a", "b", "b"], "missing [], extra [], delivered twice ['b']"),
        (["a", "a"], "missing ['b'], extra [], delivered twice ['a']"),
    ],
)
def test_another_set(actual, told):
    assert failure(expect.same_set, actual, ["a", "b"], "it").actual == f"{len(actual)} records; {told}"


def test_a_set_given_as_an_iterator():
    expect.same_set(iter(["a", "b"]), {"a", "b"}, "it")


def test_answers():
    assert answer(body=b'{"a":1.50}').json() == {"a": Decimal("1.50")}
    assert answer(content_type="Application/FHIR+JSON ; x=y").media_type == "application/fhir+json"
    bundle = b"""{"resourceType":"Bundle","entry":[{"resource":{"id":"1"},"search":{"mode":"match"}},
        {"resource":{"id":"2"},"search":{"mode":"include"}},{"resource":{"id":"3"}},
        {"resource":{"id":"4"},"search":{"mode":"outcome"}}]}"""
    assert [item["id"] for item in answer(body=bundle).matches()] == ["1", "3"]
    assert answer(body=b'{"resourceType":"Bundle"}').matches() == []


HOSTILE_BUNDLES = [
    b'{"resourceType":"Bundle","entry":null}',
    b'{"resourceType":"Bundle","entry":{"resource":{}}}',
    b'{"resourceType":"Bundle","entry":[null]}',
    b'{"resourceType":"Bundle","entry":[{"fullUrl":"x"}]}',
    b'{"resourceType":"Bundle","entry":[{"search":null,"resource":{}}]}',
    b'{"resourceType":"Bundle","entry":[{"resource":[]}]}',
    b'{"resourceType":"Bundle","entry":"x"}',
]


@pytest.mark.parametrize("body", HOSTILE_BUNDLES)
def test_a_broken_bundle_is_the_gateways_failure(body):
    assert "search" in failure(answer(body=body).matches).reason


BROKEN = {"nothing": b"", "half": b"{", "binary": b"\xff", "deep": b"[" * 100_000, "deep objects": b'{"a":' * 100_000}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_body_is_the_gateways_failure(body):
    failure(answer(body=body).json)
