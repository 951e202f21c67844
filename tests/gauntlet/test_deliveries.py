from decimal import Decimal

import pytest

from gauntlet import deliveries as module
from gauntlet.answer import Answer
from gauntlet.breaches import breaches, general_path, held_resources
from gauntlet.deliveries import Deliveries, Delivery
from gauntlet.second_opinion import second_opinion
from synthetic.r4.rules import problems

FHIR = "application/fhir+json"
GOOD = b'{"resourceType":"Patient","id":"a"}'
BAD = b'{"resourceType":"Patient","id":"a","gender":"zzz"}'


def answer(body, media=FHIR, sent="GET x"):
    return Answer(sent, 200, {"content-type": media}, body, 0.0)


def delivery(body):
    return Delivery("GET x", 200, "a.py::test_a", body)


def test_a_body_is_kept_once_and_only_when_it_claims_to_be_fhir():
    kept = Deliveries()
    for body, media in ((GOOD, FHIR), (GOOD, f"{FHIR}; charset=utf-8"), (b"", FHIR), (b"hello", "text/plain")):
        kept.take("a", answer(body, media))
    assert [item.body for item in kept] == [GOOD]
    assert len(kept) == 1


def test_a_greedy_check_does_not_push_out_others(monkeypatch):
    monkeypatch.setattr(module, "BYTES_OF_A_CHECK", 60)
    kept = Deliveries()
    for check, body in (("greedy", GOOD), ("greedy", BAD), ("modest", BAD)):
        kept.take(check, answer(body))
    assert [item.check for item in kept] == ["greedy", "modest"]
    assert kept.left_out == 1


def test_there_is_an_end_to_memory(monkeypatch):
    monkeypatch.setattr(module, "BYTES_OF_ALL", 30)
    kept = Deliveries()
    kept.take("a", answer(GOOD))
    kept.take("b", answer(BAD))
    assert (len(kept), kept.left_out) == (1, 1)


def test_numbers_keep_their_digits():
    assert delivery(b'{"resourceType":"X","n":1.50}').resource() == {"resourceType": "X", "n": Decimal("1.50")}


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"resourceType":1}', b"[" * 200_000], ids=range(5))
def test_what_is_no_resource_is_told(body):
    assert delivery(body).resource() is None
    (only,) = breaches([delivery(body)], problems)
    assert (only.path, only.rule) == ("(body)", "resource")


def test_each_rule_and_path_is_told_once():
    bundle = b'{"resourceType":"Bundle","type":"searchset","entry":[' + BAD + b"," + BAD + b"]}"
    bundle = bundle.replace(BAD, b'{"resource":' + BAD + b',"fullUrl":"http://h/Patient/a"}')
    found = breaches([delivery(BAD), delivery(bundle), delivery(GOOD)], problems)
    genders = [item for item in found if item.path == "Patient.gender"]
    assert [item.count for item in genders] == [3]
    assert "3 times, first in GET x of a.py::test_a" in str(genders[0])


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("Bundle.entry[1].resource.code.coding[0].system", "Condition.code.coding.system"),
        ("Bundle.entry[7].response.outcome.issue", "OperationOutcome.issue"),
        ("Bundle.entry[0].search.mode", "Bundle.entry.search.mode"),
        ("Patient.name[0].family", "Patient.name.family"),
    ],
)
def test_paths_lose_their_indexes(path, plain):
    bundle = {"entry": [{}, {"resource": {"resourceType": "Condition"}}]}
    assert general_path(path, bundle) == plain


def test_strange_bundles_hold_nothing():
    for entries in (None, "x", [1], [{"resource": 1}], [{"resource": {}}]):
        assert list(held_resources({"resourceType": "Bundle", "entry": entries})) == []


def test_the_second_opinion_lists_what_it_alone_complains_about():
    strange = delivery(b'{"resourceType":"Patient","id":"a","active":"perhaps"}')
    (remark,) = second_opinion([delivery(GOOD), strange], [0, 1])
    assert remark.startswith("fhir.resources (R4B), for reading: Patient: active: ")
    assert remark.endswith("(1 of 2 looked at)")
    assert second_opinion([delivery(GOOD), strange], [0]) == []
    assert "cannot read the type" in second_opinion([delivery(b'{"resourceType":"Spaceship"}')], [0])[0]


def test_without_the_extra_there_is_no_second_opinion(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert "gauntlet-ehr[contract]" in second_opinion([], [])[0]
