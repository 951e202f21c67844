"""Family NEG: bodies that are broken or hostile are refused before the EHR is asked."""

import json

import pytest

from gauntlet import expect, writing
from gauntlet.errors import NoAnswer

pytestmark = pytest.mark.upstream("epic", "allscripts")

BROKEN = {
    "not-json": lambda body: b"hello",
    "truncated": lambda body: body[: len(body) // 2],
    "array": lambda body: b"[" + body + b"]",
    "duplicate-key": lambda body: body.replace(b"{", b'{"resourceType":"Patient",', 1),
    "not-a-number": lambda body: body.replace(b"{", b'{"extra":NaN,', 1),
    "too-deep": lambda body: b'{"resourceType":"AllergyIntolerance","x":' + b"[" * 20000 + b"]" * 20000 + b"}",
    "byte-order-mark": lambda body: b"\xef\xbb\xbf" + body,
    "nul": lambda body: body.replace(b"}", b"\x00}", 1),
    "bad-utf8": lambda body: body.replace(b'"resourceType"', b'"\xff\xfe"', 1),
    "empty": lambda body: b"",
    "text": lambda body: json.dumps(body.decode()).encode(),
    "number": lambda body: b"42",
    "boolean": lambda body: b"true",
    "null": lambda body: b"null",
}


@pytest.mark.requirement("NEG-01", tripped_by=["forwards-malformed-json"])
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_malformed_body(refused, app, new_chart, claims, broken):
    """A body that is not proper JSON is refused with an OperationOutcome before the EHR is asked

    Control: a create that succeeds. Mutation: the same body, broken in one way.

    What one parser rejects another one guesses; a gateway that passes it on lets the EHR guess.

    RFC 8259; FHIR R4, JSON representation.
    """
    resource_type = writing.writable(claims)
    refused(
        lambda: app.create(resource_type, writing.body(resource_type, new_chart())),
        lambda: app.create(resource_type, broken(writing.body(resource_type, new_chart()))),
        status=(400,),
        codes=("structure", "invalid", "value"),
    )


def changed(**changes):
    """Return a function that changes top-level elements of a resource (None removes)."""

    def change(body):
        resource = json.loads(body)
        for key, value in changes.items():
            if value is None:
                resource.pop(key, None)
            else:
                resource[key] = value
        return json.dumps(resource).encode()

    return change


def mistyped(resource, **changes):
    """Return the body with other values of top-level elements."""
    return json.dumps({**resource, **changes}).encode()


def owner(resource):
    """Return the name of the element that says whose the record is."""
    return "patient" if "patient" in resource else "subject"


MISTYPED = {
    "number-for-type": lambda made: mistyped(made, resourceType=7),
    "text-for-object": lambda made: mistyped(made, **{owner(made): made[owner(made)]["reference"]}),
    "array-for-object": lambda made: mistyped(made, code=[made["code"]]),
    "null-for-object": lambda made: mistyped(made, meta=None),
    "single-for-array": lambda made: mistyped(made, category=made["category"][0]),
    "object-for-array": lambda made: mistyped(made, code={**made["code"], "coding": made["code"]["coding"][0]}),
    "number-for-text": lambda made: mistyped(made, code={**made["code"], "text": 42}),
    "boolean-for-text": lambda made: mistyped(made, code={**made["code"], "text": True}),
    "object-for-text": lambda made: mistyped(made, code={**made["code"], "text": {"value": "Penicillin"}}),
    "boolean-for-id": lambda made: mistyped(made, code={**made["code"], "id": True}),
    "text-for-number": lambda made: mistyped(made, valueQuantity={**made["valueQuantity"], "value": "72"}),
}
_OF_OBSERVATIONS = ("text-for-number",)


@pytest.mark.requirement("NEG-01", tripped_by=["mends-json-types"])
@pytest.mark.parametrize("name", MISTYPED)
def test_wrong_json_type(refused, app, new_chart, claims, name):
    """An element of another JSON type than FHIR has for it is refused, not converted

    Control: a create that succeeds. Mutation: the same resource with one element of another JSON type: a number or a
    boolean as text and the other way round, an array or a text in place of an object, a single value in place of an
    array. The gateway may call it unreadable (400) or invalid (422); the EHR must not be asked.

    What is converted on the way may be converted otherwise at the next place: 72 and "72" are two values.

    FHIR R4, JSON representation: numbers, booleans, texts and arrays are told apart; RFC 8259 section 3.
    """
    resource_type = "Observation" if name in _OF_OBSERVATIONS else writing.writable(claims)
    if claims.write is None or resource_type not in claims.write.types:
        pytest.skip(f"the target does not claim to create {resource_type}")
    answer = refused(
        lambda: app.create(resource_type, writing.body(resource_type, new_chart())),
        lambda: app.create(resource_type, MISTYPED[name](json.loads(writing.body(resource_type, new_chart())))),
        status=(400, 422),
    )
    expect.operation_outcome(answer)


INVALID = {
    "type-of-another-url": changed(resourceType="Condition"),
    "unknown-element": changed(unheardOf="x"),
    "missing-required": changed(patient=None),
    "bad-code": changed(type="banana"),
    "bad-reference": changed(patient={"reference": "Practitioner/x"}),
}


@pytest.mark.requirement("NEG-02", tripped_by=["skips-resource-validation"])
@pytest.mark.parametrize("invalid", INVALID.values(), ids=INVALID)
def test_invalid_resource(refused, app, new_chart, invalid):
    """A resource that is not valid is refused before anything is written

    Control: a valid allergy. Mutation: the same with another type, an unknown element, a missing patient, a bad code,
    or a reference that is no patient.

    The EHR stores what it is given; the mistake then belongs to the patient's record.

    FHIR R4, create: 400 or 422 for resources that cannot be processed.
    """
    answer = refused(
        lambda: app.create("AllergyIntolerance", writing.body("AllergyIntolerance", new_chart())),
        lambda: app.create("AllergyIntolerance", invalid(writing.body("AllergyIntolerance", new_chart()))),
        status=(400, 422),
    )
    expect.operation_outcome(answer)


@pytest.mark.requirement("NEG-03", tripped_by=["no-body-limit"])
def test_oversized_body(refused, app, ehr, claims, new_chart):
    """A body of 12 MB is refused and does not reach the EHR

    Control: a valid allergy. Mutation: the same with a note of twelve million characters. The gateway may answer 413 or
    400, or close the connection while the body is still being sent; afterwards it must serve others.

    Size limits keep one careless client from taking the memory of everybody else's gateway.

    RFC 9110 section 15.5.14: 413; the server may close the connection.
    """
    if claims.write is None:
        pytest.skip("the target does not claim write")

    def create():
        return app.create("AllergyIntolerance", writing.body("AllergyIntolerance", new_chart()))

    refused.require_control(create)
    huge = json.loads(writing.body("AllergyIntolerance", new_chart()))
    huge["note"] = [{"text": "x" * 12_000_000}]
    mark = ehr.mark()
    try:
        expect.status(app.create("AllergyIntolerance", json.dumps(huge).encode()), 413, 400)
    except NoAnswer as closed:
        if "timed out" in closed.reason:
            raise
    expect.equal(len(refused.about_us(ehr.calls(since=mark))), 0, "the oversized body reached the EHR")
    expect.status(create(), 201)
