import json

import pytest

from gauntlet.commands import catalog as command
from gauntlet.commands.catalog import KINDS, catalog_lines, explain
from gauntlet.defects import Defect
from gauntlet.errors import UsageError

CHECKS = (
    {
        "check": "security/test_bearer_tokens.py::test_anonymous",
        "requirement": "AUT-01",
        "title": "A request without a token is refused",
        "description": "What.\n\nWhy.",
        "tripped_by": ["accepts-anonymous"],
    },
)


@pytest.fixture(autouse=True)
def lists(monkeypatch):
    """Ask neither pytest nor the reference gateway."""
    monkeypatch.setattr(command, "list_checks", lambda: CHECKS)
    monkeypatch.setattr(command, "list_defects", lambda: (Defect("accepts-anonymous", "AUT-01", "serves everybody"),))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_as_text_and_json(kind):
    rows = json.loads(catalog_lines(kind, as_json=True))
    assert rows
    if kind != "edge-cases":
        assert len(catalog_lines(kind, as_json=False).splitlines()) == len(rows)


def test_what_covers_a_requirement():
    rows = {row["id"]: row for row in json.loads(catalog_lines("requirements", as_json=True))}
    assert rows["AUT-01"]["covered"] == "1 check"
    assert rows["AUT-02"]["covered"] == "no check"


@pytest.mark.parametrize("name", ["AUT-01", "aut-01", "security/test_bearer", "accepts-anonymous"])
def test_explanations(name):
    text = explain(name)
    assert "AUT-01" in text
    assert "security/test_bearer_tokens.py::test_anonymous" in text


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("accepts-anonimous", "accepts-anonymous"),
        ("security/test_bearr_tokens.py::test_anonymous", "security/test_bearer_tokens.py::test_anonymous"),
    ],
)
def test_an_unknown_name_is_refused_with_the_closest_one(name, meant):
    with pytest.raises(UsageError) as caught:
        explain(name)
    assert caught.value.message == f"nothing is called {name!r}; did you mean {meant!r}?"
    assert "gauntlet catalog" in caught.value.hint


def test_an_unknown_kind():
    with pytest.raises(UsageError, match=r"unknown catalog 'checs'; did you mean 'checks'\?"):
        catalog_lines("checs", as_json=False)
