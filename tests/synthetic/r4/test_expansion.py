"""Value sets are expanded by concept list, by is-a filter, by import and by exclusion."""

import pytest

from synthetic.r4.expansion import Expander, IncompleteError

SYSTEM = {
    "resourceType": "CodeSystem",
    "url": "http://example.org/animals",
    "content": "complete",
    "concept": [
        {"code": "animal", "concept": [{"code": "cat"}, {"code": "dog", "concept": [{"code": "poodle"}]}]},
        {"code": "stone"},
        {"code": "tabby", "property": [{"code": "subsumedBy", "valueCode": "cat"}]},
    ],
}
FRAGMENT = {
    "resourceType": "CodeSystem",
    "url": "http://example.org/part",
    "content": "fragment",
    "concept": [],
}


def expander(**compose):
    value_set = {"resourceType": "ValueSet", "url": "http://example.org/set", "compose": compose}
    dogs = {
        "resourceType": "ValueSet",
        "url": "http://example.org/dogs",
        "compose": {"include": [{"system": SYSTEM["url"], "concept": [{"code": "dog"}, {"code": "poodle"}]}]},
    }
    return Expander([SYSTEM, FRAGMENT, value_set, dogs])


def below(code, operator="is-a"):
    return {"system": SYSTEM["url"], "filter": [{"property": "concept", "op": operator, "value": code}]}


@pytest.mark.parametrize(
    ("compose", "codes"),
    [
        ({"include": [{"system": SYSTEM["url"]}]}, {"animal", "cat", "dog", "poodle", "stone", "tabby"}),
        ({"include": [below("animal")]}, {"animal", "cat", "dog", "poodle", "tabby"}),
        ({"include": [below("animal", "descendent-of")]}, {"cat", "dog", "poodle", "tabby"}),
        ({"include": [{"valueSet": ["http://example.org/dogs|1"]}]}, {"dog", "poodle"}),
        (
            {"include": [below("cat")], "exclude": [{"system": SYSTEM["url"], "concept": [{"code": "cat"}]}]},
            {"tabby"},
        ),
        ({"include": [below("dog") | {"valueSet": ["http://example.org/dogs"]}]}, {"dog", "poodle"}),
    ],
)
def test_expansion(compose, codes):
    assert expander(**compose).expand("http://example.org/set") == {SYSTEM["url"]: codes}


@pytest.mark.parametrize(
    "include",
    [
        {"system": "http://loinc.org"},
        {"system": FRAGMENT["url"]},
        below("cat", "regex"),
        {"valueSet": ["http://no"]},
    ],
)
def test_what_cannot_be_expanded_says_so(include):
    incomplete = expander(include=[include])

    with pytest.raises(IncompleteError):
        incomplete.expand("http://example.org/set")
    assert incomplete.require("http://example.org/set|4.0.1") is None
    assert incomplete.missing == {"http://example.org/set"}
