"""Family NEG: hostile paths and parameters."""

import pytest

from gauntlet import expect
from gauntlet.errors import NoAnswer

TRAVERSALS = {
    "dot-dot": "Patient/../Condition/{condition}",
    "encoded-slash": "Patient/..%2FCondition%2F{condition}",
    "double-encoded": "Patient/%252e%252e%252fCondition%252f{condition}",
    "null-byte": "Patient/{id}%00",
    "carriage-return": "Patient/{id}%0d%0aX-Injected:%201",
}


@pytest.mark.requirement("NEG-04", tripped_by=["decodes-path-traversal"])
@pytest.mark.parametrize("path", TRAVERSALS.values(), ids=TRAVERSALS)
def test_path_tricks(refused, app, apps, chart, path):
    """Path tricks never reach the EHR as something else

    The token reads patients only. Control: the patient is served, the condition by its plain path is not. Mutation: a
    path that becomes that condition when it is decoded or normalised once more.

    A gateway that checks one path and sends another can be talked past every rule it has.

    RFC 3986 section 6.2.2; CWE-22.
    """
    narrow = apps.app(scope="system/Patient.rs")
    condition = chart.of_type("Condition")[0].id
    refused.require_control(lambda: narrow.read("Patient", chart.id))
    expect.status(narrow.read("Condition", condition), 403, 404)
    crafted = path.format(id=chart.id, condition=condition)
    refused(
        lambda: narrow.read("Patient", chart.id),
        lambda: narrow.send_raw("GET", crafted),
        status=(400, 403, 404),
    )


@pytest.mark.requirement("NEG-03", tripped_by=["no-head-limit"])
@pytest.mark.parametrize("where", ["address", "header"])
def test_oversized_head(refused, app, chart, where):
    """An address of 40 kB, and a header of 40 kB, are refused and do not reach the EHR

    Control: a search. Mutation: the same with a parameter, or with a header field, of forty thousand characters: 414,
    431 or 400, or the connection is closed. The control is served again afterwards.

    What is stored before it is judged can be made as large as a client likes.

    RFC 9110 section 15.5.15 (414), RFC 6585 section 5 (431).
    """
    params, long = {"patient": chart.id, "code": "http://loinc.org|8480-6"}, "x" * 40_000

    def oversized():
        if where == "header":
            return app.search("Observation", params, headers={"X-Oversized": long})
        return app.search("Observation", {**params, "code": f"http://loinc.org|{long}"})

    def control():
        return app.search("Observation", params)

    refused.require_control(control)
    mark = refused.ehr.mark()
    try:
        expect.status(oversized(), 414, 431, 400)
    except NoAnswer as closed:
        if "timed out" in closed.actual:
            raise
    expect.equal(len(refused.about_us(refused.ehr.calls(since=mark))), 0, f"the oversized {where} reached the EHR")
    refused.require_control(control)


@pytest.mark.requirement("NEG-03", tripped_by=["passes-on-any-count"])
@pytest.mark.parametrize("count", ["999999999", "-1", "0", "ten"])
def test_count_is_bounded(app, ehr, chart, count):
    """A `_count` that is huge, negative, zero or no number is refused, or does not reach the EHR as it is

    Control: the search without it. With it the gateway may refuse (400), or serve a page of the size that it thinks
    right; the EHR must not be asked for so many.

    One parameter that makes the EHR collect everything at once is enough to slow a hospital down.

    FHIR R4 search.html#count: a server may return less than asked for, and shall not return more.
    """
    params = {"patient": chart.id, "category": "vital-signs"}
    expect.status(app.search("Observation", params), 200)
    mark = ehr.mark()
    expect.status(app.search("Observation", {**params, "_count": count}), 400, 200)
    asked = [call["query"] or "" for call in ehr.calls(since=mark, patient=chart.id)]
    expect.that(
        not any(f"_count={count}" in query for query in asked),
        f"the EHR was asked with _count={count}",
        expected="a refusal, or a count within bounds",
        actual=", ".join(asked),
    )


WIDENINGS = {
    "repeated": lambda own, other: [("patient", own), ("patient", other)],
    "comma": lambda own, other: [("patient", f"{own},{other}")],
    "chained": lambda own, other: [("patient", own), ("patient._id", other)],
    "subject-too": lambda own, other: [("patient", own), ("subject", other)],
}


@pytest.mark.requirement("NEG-06", tripped_by=["widens-repeated-patient"])
@pytest.mark.parametrize("widened", WIDENINGS.values(), ids=WIDENINGS)
def test_search_cannot_be_widened(app, apps, refused, new_chart, widened):
    """A patient's search cannot be widened by repeating, listing or chaining the patient

    The token is launched for one patient. Control: that patient's conditions are served, somebody else's are not.
    Mutation: the same search with a second patient smuggled in.

    Parameter pollution is the cheapest way into somebody else's chart.

    FHIR R4, search; CWE-235.
    """
    own, other = new_chart(), new_chart()
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    refused.require_control(lambda: patient_app.search("Condition", {"patient": own.id}))
    expect.status(patient_app.search("Condition", {"patient": other.id}), 403, 404)
    answer = patient_app.search("Condition", widened(own.id, other.id))
    expect.that(
        other.id not in answer.text.replace(f"={other.id}", ""),
        "records of another patient are delivered",
        expected="a refusal, or the launch patient's records only",
        actual=answer.brief(),
    )
    if answer.status == 200:
        theirs = {record.id for record in other.of_type("Condition")}
        leaked = [item["id"] for item in answer.matches() if item["id"] in theirs]
        expect.equal(leaked, [], "records of another patient are delivered")
    else:
        expect.status(answer, 400, 403, 404, 422, 501)


@pytest.mark.requirement("NEG-11", tripped_by=["chatty-headers"])
def test_response_headers(app, chart):
    """Answers are not stored by caches, not sniffed, and do not name the server's version

    Looks at the headers of a patient read.

    A shared workstation's cache must not keep charts; a version number tells attackers where to start.

    RFC 9111 section 5.2.2.5; OWASP Secure Headers.
    """
    answer = expect.status(app.read("Patient", chart.id), 200)
    answer.resource("Patient")
    expect.that(
        "no-store" in answer.headers.get("cache-control", ""),
        "a patient's record may be cached",
        expected="Cache-Control: no-store",
        actual=answer.headers.get("cache-control", "no Cache-Control"),
    )
    expect.equal(answer.headers.get("x-content-type-options"), "nosniff", "the content type may be sniffed")
    server = answer.headers.get("server", "")
    expect.that(
        not any(character.isdigit() for character in server),
        "the Server header names a version",
        expected="no version number",
        actual=server,
    )
