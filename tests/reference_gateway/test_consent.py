"""Consent enforced by a whole gateway; its settings; and references that lead to what is withheld."""

import time
from types import SimpleNamespace

import pytest

from reference_gateway.clock import Clock, Deadline
from reference_gateway.consent_guard import NoConsent
from reference_gateway.consent_references import References
from reference_gateway.consent_settings import ConsentSettings, read_consent_settings
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.refusal import not_found

pytestmark = pytest.mark.anyio

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PSY = {"system": SYSTEM, "code": "PSY"}
SETTINGS = ConsentSettings(max_age_s=0.001, emergency_s=60.0)


def consent(kind="permit", patient="pat1", **more):
    return {
        "resourceType": "Consent",
        "id": f"consent-{patient}",
        "status": "active",
        "patient": {"reference": f"Patient/{patient}"},
        "provision": {"type": kind, **more},
    }


WITHOUT_PSY = consent(provision=[{"type": "deny", "securityLabel": [PSY]}])


async def get(w, path, purpose="TREAT", reason=None, **claims):
    headers = {"X_Access_Reason": reason} if reason else {}
    return await w.get(path, token=w.token(purpose_of_use=purpose, **claims), **headers)


@pytest.mark.parametrize("purpose", [None, "", "NONESUCH", "treat"])
async def test_a_purpose_is_required(world, purpose):
    async with world(consent=SETTINGS) as w:
        answer = await get(w, "Patient/pat1", purpose)
        assert (answer.status, answer.code(), w.audit()[-1]["policy"]) == (403, "forbidden", "no-purpose")
        assert w.ehr.calls() == []


async def test_denied_and_permitted(world):
    async with world(consent=SETTINGS) as w:
        assert (await get(w, "Patient/pat1")).status == 200
        assert (await get(w, "Patient/pat1", "HRESCH")).status == 403
        w.ehr.hold(consent("deny"))
        answer = await get(w, "Patient/pat1")
        assert (answer.status, w.audit()[-1]["policy"]) == (403, "consent-denied")
        w.ehr.hold(consent("permit", purpose=[{"code": "HRESCH"}]))
        assert (await get(w, "Patient/pat1", "HRESCH")).status == 200
        assert (await get(w, "Patient/pat1")).status == 403


async def test_a_withheld_record_is_as_if_it_did_not_exist(world, kit):
    async with world(consent=SETTINGS) as w:
        w.ehr.hold(WITHOUT_PSY, kit.observation("obs9", meta={"security": [PSY]}))
        withheld, absent = await get(w, "Observation/obs9"), await get(w, "Observation/nobody")
        assert (withheld.status, withheld.body) == (absent.status, absent.body)
        assert [item["policy"] for item in w.audit()[-2:]] == ["consent-withheld", "ehr-not-found"]
        found = await get(w, "Observation?patient=pat1&category=vital-signs")
        assert (found.ids(), found.json()["total"]) == (["obs1"], 1)


async def test_references_to_withheld_records_are_removed(world, kit):
    async with world(consent=SETTINGS) as w:
        secret = {**kit.encounter("secret"), "meta": {"security": [PSY]}}
        w.ehr.hold(
            WITHOUT_PSY,
            secret,
            kit.observation("obs1", encounter={"reference": "Encounter/secret"}),
            kit.observation("obs3", encounter={"reference": "Encounter/enc1"}),
        )
        assert "encounter" not in (await get(w, "Observation/obs1")).json()
        found = await get(w, "Observation?patient=pat1&category=vital-signs")
        kept = {entry["resource"]["id"]: entry["resource"].get("encounter") for entry in found.json()["entry"]}
        assert kept["obs1"] is None
        assert kept["obs3"]["reference"].endswith("Encounter/enc1")


@pytest.mark.parametrize(
    ("reason", "age_s", "status", "policy"),
    [
        ("found unconscious", 0, 200, None),
        (None, 0, 403, "no-emergency-reason"),
        ("why", 0, 403, "no-emergency-reason"),
        ("x" * 201, 0, 403, "no-emergency-reason"),
        ("found unconscious", 61, 403, "emergency-over"),
    ],
)
async def test_breaking_the_glass(world, reason, age_s, status, policy):
    async with world(consent=SETTINGS) as w:
        w.ehr.hold(consent("deny"))
        answer = await get(w, "Patient/pat1", "BTG", reason, iat=int(time.time()) - age_s)
        record = w.audit()[-1]
        assert (answer.status, record["purpose"]) == (status, "BTG")
        assert policy is None or record["policy"] == policy
        stated = policy != "no-emergency-reason"
        assert record["reason"] == (reason if stated else None)


async def test_unknown_consent_refuses_and_unknown_patients_do_not_exist(world, kit):
    async with world(consent=SETTINGS) as w:
        w.ehr.always = lambda _ehr, request, _body: (
            kit.outcome(500, "x") if request.match_info["tail"] == "Consent" else None
        )
        assert (await get(w, "Patient/pat1")).status == 502
        w.ehr.always = lambda _ehr, request, _body: (
            kit.outcome(404, "59008") if request.match_info["tail"] == "Consent" else None
        )
        assert (await get(w, "Patient/nobody")).status == 404


async def test_no_consent_asks_for_nothing():
    guard, record = NoConsent(), {"resourceType": "Patient", "id": "p"}
    guard.identify(None)
    await guard.admit(None, "p")
    assert await guard.checked(None, record) is record
    assert await guard.permitted(None, [record]) == [record]


class Ehr:
    """Answers one way."""

    def __init__(self, answer):
        self.answer = answer

    async def call(self, request):
        self.request = request
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def references(answer):
    def one(reply, resource_type, resource_id):
        if reply.body == b"wrong":
            raise not_found("it")
        return {"resourceType": resource_type, "id": resource_id}

    return References(Ehr(answer), SimpleNamespace(one=one), lambda _: None)


CALL = EhrRequest("POST", "x", "x", "c", "t", Deadline(Clock(), 99.0), query=(("a", "b"),), body=b"x")


async def test_references_are_found_and_followed():
    found = references(EhrReply(200, {}, b"fine"))
    record = {
        "subject": {"reference": "Patient/p"},
        "encounter": {"reference": "Encounter/e"},
        "note": [
            {"about": {"reference": "Condition/c"}},
            {"reference": "#inside"},
            {"reference": "http://x/Condition/c"},
        ],
    }
    assert found.of(record) == {"Encounter/e", "Condition/c"}
    assert await found.read("Condition/c", CALL) == {"resourceType": "Condition", "id": "c"}
    sent = found.ehr.request
    assert (sent.method, sent.path, sent.query, sent.body) == ("GET", "Condition/c", (), None)


@pytest.mark.parametrize(
    "answer", [EhrReply(404, {}, b""), EhrReply(200, {}, b"wrong"), EhrFailure("timeout", reached=True)]
)
async def test_what_cannot_be_had_is_not_there(answer):
    assert await references(answer).read("Condition/c", CALL) is None


async def test_removal_leaves_no_empty_shells():
    kept = references(None)
    record = {
        "id": "o",
        "encounter": {"reference": "Encounter/e"},
        "hasMember": [{"reference": "Observation/a"}, {"reference": "Observation/b"}],
        "part": {"of": [{"reference": "Encounter/e"}]},
        "empty": "",
    }
    assert kept.without(record, {"Encounter/e", "Observation/a"}) == {
        "id": "o",
        "hasMember": [{"reference": "Observation/b"}],
        "empty": "",
    }
    assert kept.without(record, set()) is record


def settings(**values):
    return read_consent_settings(lambda name, read: read(values[name]))


async def test_settings():
    found = settings(GATEWAY_CONSENT_MAX_AGE_S="0.5", GATEWAY_EMERGENCY_S="60")
    assert found == ConsentSettings(0.5, 60.0)


@pytest.mark.parametrize("value", ["0", "-1", "nan", "86400", "soon"])
async def test_wrong_settings(value):
    with pytest.raises(ValueError, match=value):
        settings(GATEWAY_CONSENT_MAX_AGE_S=value, GATEWAY_EMERGENCY_S="60")
