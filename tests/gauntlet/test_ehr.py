import json

import httpx
import pytest

from gauntlet.control import Control
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive


class ScriptedEhr:
    """The mock EHR's control API: a journal that tests fill, faults, and what was asked."""

    def __init__(self):
        self.entries = []
        self.faults = {}
        self.applied = {}
        self.asked = []

    def __call__(self, request):
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.path, body))
        return httpx.Response(200, json=self.answer(request.method, request.url, body))

    def answer(self, method, url, body):
        if url.path == "/journal":
            since = int(url.params["since"])
            kind, patient = url.params.get("kind"), url.params.get("patient")
            chosen = [e for e in self.entries if e["seq"] > since and kind in (None, e["kind"])]
            return {"entries": [e for e in chosen if patient is None or patient in e["patients"]], "next": 0}
        if url.path == "/faults" and method == "POST":
            self.faults["f1"] = body
            return {"id": "f1", "name": body["name"]}
        if url.path == "/faults" and method == "GET":
            return [{"id": name, "applied": self.applied.get(name, 0)} for name in self.faults]
        if url.path.startswith("/faults") and method == "DELETE":
            self.faults.clear()
        if url.path.startswith("/resources"):
            return {"resources": [{"resource": {}, "written": n == 1} for n in range(3)]}
        return {}

    def see(self, seq, kind="data", interaction="read", patients=("p1",)):
        self.entries.append({"seq": seq, "kind": kind, "interaction": interaction, "patients": list(patients)})


@pytest.fixture
def scripted():
    return ScriptedEhr()


@pytest.fixture
def ehr(scripted):
    control = Control("mock EHR", "http://ehr.test", "s3cret")
    control._client = httpx.Client(base_url="http://ehr.test", transport=httpx.MockTransport(scripted))
    return Ehr(control)


def test_the_mark_is_the_last_entry_there_is(ehr, scripted):
    assert ehr.mark() == 0
    scripted.see(3)
    scripted.see(5, kind="token")  # entries of any kind, and not in order of their end
    scripted.see(4)
    assert ehr.mark() == 5
    assert ehr.mark() == 5
    scripted.see(6)
    assert [entry["seq"] for entry in ehr.calls(since=5)] == [6]


def test_calls_by_kind_patient_and_interaction(ehr, scripted):
    scripted.see(1)
    scripted.see(2, interaction="search", patients=("p2",))
    scripted.see(3, kind="token", interaction="token", patients=())

    def seqs(**options):
        return [entry["seq"] for entry in ehr.calls(since=0, **options)]

    assert seqs() == [1, 2]
    assert seqs(kind=None) == [1, 2, 3]
    assert seqs(patient="p2") == [2]
    assert seqs(interaction="read") == [1]
    assert [entry["seq"] for entry in ehr.token_calls(since=0)] == [3]
    assert ehr.count(since=0) == 2


def test_a_fault_lives_as_long_as_its_block_and_counts(ehr, scripted):
    with ehr.fault({"name": "storm-429", "behaviour": {"kind": "status"}}) as armed:
        assert list(scripted.faults) == ["f1"]
        assert ehr.faults == [armed]
        scripted.applied["f1"] = 2
    assert scripted.faults == {}
    assert (armed.applied, armed.name) == (2, "storm-429")
    assert json.loads(armed.definition)["behaviour"] == {"kind": "status"}
    ehr.require_applied(armed, 2)
    window = armed.window(armed.started - 1.0)
    assert (window.where, round(window.started_ms), window.applied) == ("ehr", 1000, 2)
    assert window.ended_ms >= window.started_ms


def test_a_fault_is_taken_away_whatever_happens(ehr, scripted):
    with pytest.raises(ZeroDivisionError), ehr.fault({"name": "x"}):
        raise ZeroDivisionError
    assert scripted.faults == {}
    ehr.forget_faults()
    assert ehr.faults == []


def test_a_fault_that_took_no_effect_proves_nothing(ehr, scripted):
    with ehr.fault({"name": "x"}) as armed:
        with pytest.raises(Inconclusive, match="the fault 'x' took effect 0 times at the EHR, 1 are needed"):
            ehr.require_applied(armed)
        scripted.applied["f1"] = 1
        ehr.require_applied(armed)
        with pytest.raises(Inconclusive, match="took effect 1 times at the EHR, 2 are needed"):
            ehr.require_applied(armed, 2)


def test_a_fault_in_force_has_a_window_until_now(ehr):
    armed = ehr.arm({"name": "x"})
    assert armed.window(armed.started).ended_ms >= 0


def test_what_the_ehr_holds(ehr, scripted):
    assert len(ehr.held("Condition", "p1")) == 3
    assert len(ehr.written("Condition", "p1")) == 1
    assert scripted.asked[-1][:2] == ("GET", "/resources/Condition")


def test_everything_is_put_back(ehr, scripted):
    ehr.expire_tokens()
    ehr.disarm()
    assert scripted.asked == [
        ("POST", "/tokens/expire", None),
        ("DELETE", "/faults", None),
        ("PUT", "/clock", {"offset_s": 0}),
        ("PUT", "/tokens", {"lifetime_s": 3600}),
    ]


def test_a_moved_clock_or_another_lifetime_is_to_be_put_back(ehr):
    assert not ehr.altered
    ehr.set_clock(300)
    assert ehr.altered
    ehr.set_clock(0)
    assert not ehr.altered
    ehr.set_clock(300)
    ehr.disarm()
    assert not ehr.altered
    ehr.set_token_lifetime(4)
    assert ehr.altered


def test_patients_are_named_to_the_ehr_by_its_own_ids(ehr, scripted):
    ehr.recorded = {"p13": "e13"}.get
    scripted.see(1)
    scripted.entries[0]["patients"] = ["e13"]
    assert len(ehr.calls(since=0, patient="p13")) == 1
    ehr.arm({"name": "html-page", "match": {"patient": "p13", "kind": "data"}})
    assert scripted.faults["f1"]["match"] == {"patient": "e13", "kind": "data"}
    ehr.decide_consent("p13", "deny")
    assert scripted.asked[-1][1] == "/patients/e13/consent"
