"""What Consents say about one access: every criterion, exceptions from exceptions, and what nobody understands."""

from datetime import UTC, datetime

import pytest

from reference_gateway.consent_provisions import Ask, Provisions, UnreadableConsent, now_utc

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ASK = Ask("TREAT", "Practitioner/p", "app", datetime(2026, 6, 15, 12, tzinfo=UTC))
PLAIN = {"resourceType": "Condition", "id": "c1", "encounter": {"reference": "Encounter/e1"}}
MARKED = {**PLAIN, "id": "c2", "meta": {"security": [{"system": SYSTEM, "code": "PSY"}]}}
PATIENT = {"resourceType": "Patient", "id": "p1"}


def provision(kind="permit", *inner, **criteria):
    return {"type": kind, **criteria, **({"provision": list(inner)} if inner else {})}


def consent(rule, **changes):
    return {"resourceType": "Consent", "status": "active", "provision": rule, **changes}


def permits(*rules, resource=PLAIN, ask=ASK):
    return Provisions.read([consent(rule) for rule in rules]).permits(ask, resource)


def labels(*codes):
    return {"securityLabel": [{"system": SYSTEM, "code": code} for code in codes]}


def data(reference, meaning="instance"):
    return {"data": [{"meaning": meaning, "reference": {"reference": reference}}]}


def actor(**reference):
    return {"actor": [{"reference": reference}]}


def test_nothing_on_file_is_consent_to_treatment_alone():
    assert Provisions.read([]).permits(ASK, PLAIN)
    assert not Provisions.read([]).permits(Ask("HRESCH", None, "app", ASK.moment), PLAIN)


@pytest.mark.parametrize("status", ["draft", "inactive", "entered-in-error", None])
def test_a_consent_that_does_not_count_leaves_nothing_permitted(status):
    assert not Provisions.read([consent(provision(), status=status)]).permits(ASK, PLAIN)


def test_a_consent_without_provision_denies():
    assert not Provisions.read([{"status": "active"}]).permits(ASK, PLAIN)


CRITERIA = {
    "purpose fits": ({"purpose": [{"code": "TREAT"}, {"code": "HPAYMT"}]}, True),
    "purpose does not": ({"purpose": [{"code": "HRESCH"}]}, False),
    "begun": ({"period": {"start": "2026-06-15"}}, True),
    "not begun": ({"period": {"start": "2026-06-16"}}, False),
    "last day": ({"period": {"end": "2026-06-15"}}, True),
    "ended": ({"period": {"end": "2026-06-14"}}, False),
    "ended a moment ago": ({"period": {"end": "2026-06-15T11:59:00Z"}}, False),
    "user named": (actor(reference="Practitioner/p"), True),
    "application named": (actor(identifier={"value": "app"}), True),
    "somebody else named": (actor(reference="Practitioner/q"), False),
    "record named": (data("Condition/c1"), True),
    "encounter named": (data("Encounter/e1", "related"), True),
    "another record named": (data("Condition/c9"), False),
    "label absent": (labels("PSY"), False),
}


@pytest.mark.parametrize(("criteria", "applies"), CRITERIA.values(), ids=CRITERIA)
def test_criteria(criteria, applies):
    assert permits(provision("permit", **criteria)) is applies
    permitted_otherwise = permits(provision("permit", provision("deny", **criteria)))
    assert permitted_otherwise is not applies


def test_labels():
    rule = provision("permit", provision("deny", **labels("PSY", "HIV")))
    assert permits(rule)
    assert not permits(rule, resource=MARKED)
    foreign = {**PLAIN, "meta": {"security": [{"system": "urn:other", "code": "PSY"}]}}
    assert permits(rule, resource=foreign)


def test_an_exception_from_an_exception():
    rule = provision(
        "permit", provision("deny", provision("permit", **actor(identifier={"value": "app"})), **labels("PSY"))
    )
    assert permits(rule, resource=MARKED)
    assert not permits(rule, resource=MARKED, ask=Ask("TREAT", None, "another", ASK.moment))


def test_one_denial_among_several_consents_denies():
    assert not permits(provision("permit"), provision("deny"))
    assert permits(provision("permit"), provision("deny", purpose=[{"code": "HRESCH"}]))


def test_whether_any_record_may_be_seen():
    assert permits(provision("permit", provision("deny", **labels("PSY"))), resource=None)
    assert permits(provision("permit", **data("Condition/c1")), resource=None)
    assert not permits(provision("deny"), resource=None)


def test_the_patient_record_goes_with_every_record_named():
    assert permits(provision("permit", **data("Condition/c1")), resource=PATIENT)


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (provision("permit"), False),
        (provision("permit", purpose=[{"code": "TREAT"}]), False),
        (provision("permit", **labels("PSY")), True),
        (provision("permit", provision("permit", provision("deny", **data("Condition/c1")))), True),
    ],
)
def test_selective(rule, wanted):
    assert Provisions.read([consent(rule)]).selective is wanted


UNREADABLE = {
    "type": provision("permit-with-reservations"),
    "no type": {"purpose": []},
    "criterion": provision("permit", action=[{"text": "collect"}]),
    "meaning": provision("permit", **data("Condition/c1", "supersedes")),
    "date": provision("permit", period={"end": "soon"}),
    "inside": provision("permit", provision("perhaps")),
    "malformed": provision("permit", provision=["deny"]),
}


@pytest.mark.parametrize("rule", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_understood_is_not_guessed(rule):
    with pytest.raises(UnreadableConsent):
        Provisions.read([consent(provision()), consent(rule)])


def test_modifiers_change_what_was_said():
    with pytest.raises(UnreadableConsent, match="modifier"):
        Provisions.read([consent(provision(), modifierExtension=[{"url": "urn:x"}])])


def test_an_unreadable_consent_that_does_not_count_is_no_trouble():
    assert Provisions.read([consent(provision("perhaps"), status="inactive")]).roots == []


def test_moment():
    assert now_utc(0.0) == datetime(1970, 1, 1, tzinfo=UTC)
