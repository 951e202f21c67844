import json

import pytest

from gauntlet.contracts.interaction import read_pacts

STATES = ("a patient",)


def pact(**changes):
    interaction = {
        "description": "a patient by id",
        "providerStates": [{"name": "a patient", "params": {"x": 1}}],
        "request": {"method": "GET", "path": "/Patient/1"},
        "response": {"status": 200},
    }
    return {
        "consumer": {"name": "Desk"},
        "provider": {"name": "gw"},
        "metadata": {"pactSpecification": {"version": "4.0"}},
        "interactions": [interaction],
        **changes,
    }


def read(tmp_path, *pacts):
    for number, content in enumerate(pacts):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / f"{number}.json").write_text(text)
    return read_pacts(tmp_path, "gw", STATES)


def test_an_interaction_is_read_with_its_states(tmp_path):
    (only,) = read(tmp_path, pact())
    assert only.name == "desk-a-patient-by-id"
    assert only.states == (("a patient", {"x": 1}),)
    assert (only.resource_type, only.wanted_status, only.obstacle) == ("Patient", 200, "")


@pytest.mark.parametrize("key", ["providerState", "provider_state"])
def test_older_files_name_one_state(tmp_path, key):
    raw = {"description": "x", key: "a patient", "request": {"path": "/x"}, "response": {"status": 404}}
    (only,) = read(tmp_path, pact(interactions=[raw], metadata={}))
    assert only.states == (("a patient", {}),)
    assert (only.resource_type, only.wanted_status, only.specification) == ("", 404, "2.0.0")


@pytest.mark.parametrize(
    ("content", "obstacle"),
    [
        ("{", "is no pact file"),
        ("[]", "is no pact file"),
        (pact(interactions=[]), "holds no interaction"),
        (pact(interactions=[1]), "is no pact file"),
        (pact(provider={"name": "billing"}), "is a contract with 'billing', this gateway is 'gw'"),
        (pact(interactions=[{"providerStates": [{"name": "the moon is full"}]}]), "provider state 'the moon is full'"),
        (pact(interactions=[{"type": "Asynchronous/Messages"}]), "only requests over HTTP"),
    ],
    ids=["text", "list", "empty", "numbers", "stranger", "state", "message"],
)
def test_what_cannot_be_verified_says_why(tmp_path, content, obstacle):
    (only,) = read(tmp_path, content)
    assert obstacle in only.obstacle


def test_nothing_to_verify_is_told(tmp_path):
    assert "no pact file" in read_pacts(tmp_path, "gw", STATES)[0].obstacle
    assert "no pact file" in read_pacts(tmp_path / "absent", "gw", STATES)[0].obstacle
