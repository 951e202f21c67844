"""Family NEG: hostile paths and parameters."""

from urllib.parse import parse_qsl

import pytest

from gauntlet import expect
from gauntlet.addressing import names_patient
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.posted_search import require_offered, search_by_form

pytestmark = pytest.mark.upstream("epic", "allscripts")

TRAVERSALS = {
    "dot-dot": "Patient/../Condition/{condition}",
    "encoded-slash": "Patient/..%2FCondition%2F{condition}",
    "double-encoded": "Patient/%252e%252e%252fCondition%252f{condition}",
    "null-byte": "Patient/{id}%00",
    "carriage-return": "Patient/{id}%0d%0aX-Injected:%201",
}


@pytest.mark.requirement("NEG-04", tripped_by=["decodes-path-traversal"])
@pytest.mark.parametrize("path", TRAVERSALS.values(), ids=TRAVERSALS)
def test_path_tricks(refused, apps, chart, record_ids, path):
    """Path tricks never reach the EHR as something else

    The token reads patients only. Control: the patient is served, the condition by its plain path is not. Mutation: a
    path that becomes that condition when it is decoded or normalised once more.

    A gateway that checks one path and sends another can be talked past every rule it has.

    RFC 3986 section 6.2.2; CWE-22.
    """
    narrow = apps.app(scope="system/Patient.rs")
    condition = record_ids(chart, "Condition")[0]
    refused.require_control(lambda: narrow.read("Patient", chart.id))
    expect.status(narrow.read("Condition", condition), 403, 404)
    crafted = path.format(id=chart.id, condition=condition)
    refused(
        lambda: narrow.read("Patient", chart.id),
        lambda: narrow.send_raw("GET", crafted),
        status=(400, 403, 404),
    )


CRAFTED = {
    "line-break-in-patient": "patient={id}%0d%0aX-Injected:%201&code=8480-6",
    "line-break-in-code": "patient={id}&code=8480-6%0d%0aX-Injected:%201",
    "line-feed-in-name": "patient={id}&code%0a=8480-6",
    "null-in-patient": "patient={id}%00{other}&code=8480-6",
    "null-in-code": "patient={id}&code=8480-6%00",
    "traversal-in-patient": "patient={id}/../{other}&code=8480-6",
    "encoded-traversal-in-patient": "patient={id}%2f..%2f{other}&code=8480-6",
    "encoded-slash-in-code": "patient={id}&code=8480-6%2f..%2f8462-4",
    "twice-encoded-separator": "patient={id}&code=8480-6%2526patient%253D{other}",
    "encoded-separator": "patient={id}&code=8480-6%26patient%3D{other}",
    "fragment": "patient={id}&code=8480-6%23",
}
CODE = {"epic": "8480-6", "allscripts": "85354-9"}  # Unity has blood pressure under one code


@pytest.mark.requirement("NEG-04", tripped_by=["tidies-parameters"])
@pytest.mark.parametrize("query", CRAFTED.values(), ids=CRAFTED)
def test_parameter_tricks(refused, app, apps, ehr, target, new_chart, query):
    """Line breaks, null bytes, traversal and encoded separators in parameters never reach the EHR as something else

    Control: the search without them is served, to an app that was launched for the patient, too, which is refused
    somebody else: parameters decide here. Mutation: a parameter whose text becomes something else when it is decoded
    once more, cut at a control character or tidied like a path. The gateway may refuse it; what it does ask the EHR
    must be the same search, for the same patient, each parameter with the text that was sent or not there at all. An
    EHR of actions is asked for a patient alone: for the one who was named, and what is delivered has the code as sent.

    A gateway that understands a parameter otherwise than its caller wrote it can be made to ask for anybody.

    RFC 3986 section 2.4: never decode twice; CWE-93, CWE-174, CWE-22.
    """
    own, other, code = new_chart(), new_chart(), CODE[target.file.ehr[0].vendor]
    crafted = query.format(id=own.id, other=other.id).replace(CODE["epic"], code)
    sent = dict(parse_qsl(crafted, keep_blank_values=True))
    launched = apps.app(scope="patient/*.rs", patient=own.id)
    plain = {"patient": own.id, "code": code}
    for known in (launched, app):
        served = refused.require_control(lambda known=known: known.search("Observation", plain))
    expect.status(launched.search("Observation", {"patient": other.id, "code": code}), 403, 404)
    mark = ehr.mark()
    answer = app.send_raw("GET", f"Observation?{crafted}")
    expect.status(answer, 200, 400, 403, 404, 422)
    asked = refused.about_us(ehr.calls(since=mark))
    named = {own.patient.id} if sent["patient"] == own.id else set()
    for call in asked:
        expect.that(
            set(call["patients"]) <= named if is_action(call) else is_as_sent(call, sent),
            "a crafted parameter became something else on its way to the EHR",
            expected=f"a refusal, or the search as it was sent: {crafted}",
            actual=f"{call['method']} {call['path']}?{call['query']}",
        )
    if answer.status == 200 and not asked:
        raise Inconclusive("the search was answered without the EHR: nothing can be seen of how it was understood")
    if answer.status == 200 and "code" in sent and is_action(asked[0]):
        require_code_as_sent(sent["code"], answer, served)


def is_action(call):
    """Return whether the EHR was asked by an action of Unity, which names a patient alone."""
    return call["path"].endswith("/MagicJson")


def require_code_as_sent(code, answer, control):
    """Fail when records with another code than the crafted one are delivered; the plain one must find some."""
    if not control.matches():
        raise Inconclusive("the patient has no record with the plain code: nothing shows how it was understood")
    others = [item["id"] for item in answer.matches() if code not in str(item["code"].get("coding"))]
    expect.equal(others, [], "a crafted code finds what has another one")


def is_as_sent(call, sent):
    """Return whether the EHR was asked for nothing but what was sent: path, patient, and the text of each parameter."""
    is_form = call["method"] == "POST" and call["path"].endswith("/_search")
    texts = "&".join(filter(None, (call["query"], call["request_body"] if is_form else "")))
    asked = parse_qsl(texts, keep_blank_values=True)
    patients = {value.removeprefix("Patient/") for name, value in asked if name in ("patient", "subject")}
    return (
        call["path"].endswith(("/Observation", "/Observation/_search"))
        and patients == {sent["patient"]}
        and all(value == sent.get("code") for name, value in asked if name == "code")
        and "x-injected" not in call["request_headers"]
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

    refused.require_control(lambda: app.search("Observation", params))
    mark = refused.ehr.mark()
    try:
        expect.status(oversized(), 414, 431, 400)
    except NoAnswer as closed:
        if "timed out" in closed.actual:
            raise
    expect.equal(len(refused.about_us(refused.ehr.calls(since=mark))), 0, f"the oversized {where} reached the EHR")
    refused.require_control(lambda: app.search("Observation", params))


@pytest.mark.requirement("NEG-03", tripped_by=["passes-on-any-count"])
@pytest.mark.parametrize("count", ["999999999", "-1", "ten"])
def test_count_is_bounded(app, ehr, chart, count):
    """A `_count` that is huge, negative or no number is refused, or does not reach the EHR as it is

    Control: the search without it. With it the gateway may refuse (400), or serve a page of the size that it thinks
    right; the EHR must not be asked for so many.

    One parameter that makes the EHR collect everything at once is enough to slow a hospital down.

    FHIR R4 search.html#count: a server may return less than asked for, and shall not return more. Zero asks for the
    total alone and does no harm.
    """
    params = {"patient": chart.id, "category": "vital-signs"}
    expect.status(app.search("Observation", params), 200)
    mark = ehr.mark()
    expect.status(app.search("Observation", {**params, "_count": count}), 400, 200)
    calls = ehr.calls(since=mark, patient=chart.id)
    asked = [f"{call['query'] or ''} {call['request_body'] or ''}".strip() for call in calls]
    expect.that(
        not any(f"_count={count}" in said or f'"{count}"' in said for said in asked),
        f"the EHR was asked with _count={count}",
        expected="a refusal, or a count within bounds",
        actual=", ".join(asked),
    )


WIDENINGS = {
    "repeated": lambda own, other: [("patient", own), ("patient", other)],
    "comma": lambda own, other: [("patient", f"{own},{other}")],
    "chained": lambda own, other: [("patient", own), ("patient._id", other)],
    "subject-too": lambda own, other: [("patient", own), ("subject", other)],
    "reverse-chained": lambda own, other: [("patient", own), ("_has:Encounter:diagnosis:patient", other)],
    "typed": lambda own, other: [("patient", own), ("patient:Patient", other)],
    "list-brackets": lambda own, other: [("patient", own), ("patient[]", other)],
    "other-case": lambda own, other: [("patient", own), ("Patient", other)],
    "semicolon": lambda own, other: [("patient", f"{own};patient={other}")],
}


@pytest.mark.requirement("NEG-06", tripped_by=["widens-repeated-patient"])
@pytest.mark.parametrize("widened", WIDENINGS.values(), ids=WIDENINGS)
def test_search_cannot_be_widened(apps, refused, new_chart, record_ids, widened):
    """A patient's search cannot be widened by repeating, listing, chaining or disguising the patient

    The token is launched for one patient. Control: that patient's conditions are served, somebody else's are not.
    Mutation: the same search with a second patient smuggled in: listed twice, by comma or semicolon, chained, reverse
    chained (`_has`), by another spelling of the parameter.

    Parameter pollution is the cheapest way into somebody else's chart.

    FHIR R4, search; CWE-235.
    """
    own, other = new_chart(), new_chart()
    theirs = record_ids(other, "Condition")
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    refused.require_control(lambda: patient_app.search("Condition", {"patient": own.id}))
    expect.status(patient_app.search("Condition", {"patient": other.id}), 403, 404)
    require_own_only(other, theirs, patient_app.search("Condition", widened(own.id, other.id)))


def neg_06(defect="widens-repeated-patient"):
    """Return the mark of one way to smuggle in a patient by a form."""
    return pytest.mark.requirement("NEG-06", tripped_by=[defect])


@pytest.mark.parametrize(
    ("form", "address"),
    [
        pytest.param(("own", "other"), (), id="repeated", marks=neg_06()),
        pytest.param(("own,other",), (), id="comma", marks=neg_06()),
        pytest.param(("other",), ("own",), id="form-beside-address", marks=neg_06()),
        pytest.param(("own",), ("other",), id="address-beside-form", marks=neg_06("reads-form-first")),
    ],
)
def test_search_by_form_cannot_be_widened(apps, refused, new_chart, record_ids, form, address):
    """A patient's search by form cannot be widened by the form, nor by the address that it is sent to

    The token is launched for one patient. Control: that patient's conditions by `POST Condition/_search`; somebody
    else's are refused. Mutation: a second patient smuggled in: twice in the form, by comma, or one patient in the form
    and another one in the address. Gateways that offer no search by POST are not judged here.

    Who reads the form and who reads the address must be the same, or each of them checks what the other one serves.

    FHIR R4 http.html#search: parameters of address and form together; CWE-235.
    """
    own, other = new_chart(), new_chart()
    theirs = record_ids(other, "Condition")
    require_offered(apps.app(), own.id)
    patient_app = apps.app(scope="patient/*.rs", patient=own.id)
    refused.require_control(lambda: search_by_form(patient_app, "Condition", {"patient": own.id}))
    expect.status(search_by_form(patient_app, "Condition", {"patient": other.id}), 403, 404)
    in_form, in_address = (
        [("patient", value.replace("own", own.id).replace("other", other.id)) for value in values]
        for values in (form, address)
    )
    require_own_only(other, theirs, search_by_form(patient_app, "Condition", in_form, in_address))


def require_own_only(other, theirs, answer):
    """Fail unless an answer is a refusal, or holds the launch patient's records only."""
    expect.that(
        not names_patient(answer.text.replace(f"={other.id}", ""), other.id),
        "records of another patient are delivered",
        expected="a refusal, or the launch patient's records only",
        actual=answer.brief(),
    )
    if answer.status == 200:
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
