import pytest

from gauntlet.contracts.filling import filled, pact_of, put
from gauntlet.contracts.interaction import Interaction
from gauntlet.errors import Inconclusive

STATE = "ProviderState"


def generator(expression):
    return {"type": STATE, "expression": expression}


def interaction(**raw):
    return Interaction("c", "gw", "d", (), {"providerStates": [{"name": "s"}], **raw}, "4.0", "f.json")


def test_requests_are_filled_and_lose_their_generators():
    raw = {
        "request": {
            "path": "/Patient/x",
            "query": {"code": ["a|b"]},
            "headers": {"X": ["y"]},
            "generators": {
                "path": generator("/Patient/${patient}"),
                "query": {"code": generator("loinc|${code}")},
                "header": {"X": generator("${patient}")},
            },
        }
    }
    (made,) = pact_of(interaction(**raw), {"patient": "p1", "code": "2345-7"})["interactions"]
    assert made["request"]["path"] == "/Patient/p1"
    assert made["request"]["query"] == {"code": ["loinc|2345-7"]}
    assert made["request"]["headers"] == {"X": ["p1"]}
    assert "providerStates" not in made
    assert not any(made["request"]["generators"].values())


def test_the_expected_body_is_filled_also_inside_lists():
    matcher = {"match": "arrayContains", "variants": [{"index": 0, "generators": {"$.v": generator("${n}")}}]}
    body = {"entry": [{"id": "x"}, {"id": "y"}], "part": [{"v": 0}]}
    response = {
        "body": {"content": body, "contentType": "application/json"},
        "generators": {"body": {"$.entry[*].id": generator("${patient}"), "$.z": {"type": "RandomInt"}}},
        "matchingRules": {"body": {"$.part": {"matchers": [matcher]}}},
    }
    (made,) = pact_of(interaction(response=response), {"patient": "p1", "n": 7})["interactions"]
    content = made["response"]["body"]["content"]
    assert content == {"entry": [{"id": "p1"}, {"id": "p1"}], "part": [{"v": 7}]}
    assert made["response"]["generators"] == {"body": {"$.z": {"type": "RandomInt"}}}


def test_bodies_of_older_files_are_filled():
    response = {"body": {"id": "x"}, "generators": {"body": {"$.id": generator("${patient}")}}}
    (made,) = pact_of(interaction(response=response), {"patient": "p1"})["interactions"]
    assert made["response"]["body"] == {"id": "p1"}


def test_a_value_that_no_state_gives_is_told():
    with pytest.raises(Inconclusive, match="needs the value 'room'; its provider states give bed"):
        filled("/x/${room}", {"bed": 1})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$.a[0].b", {"a": [{"b": 9}, {"b": 1}]}),
        ("$['a'][1]['b']", {"a": [{"b": 0}, {"b": 9}]}),
        ("$.a[*]", {"a": [9, 9]}),
        ("$.a[1]", {"a": [{"b": 0}, 9]}),
        ("$.absent.b", {"a": [{"b": 0}, {"b": 1}]}),
    ],
)
def test_places(path, wanted):
    content = {"a": [{"b": 0}, {"b": 1}]}
    put(content, path, 9)
    assert content == wanted
