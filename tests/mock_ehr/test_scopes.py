"""SMART scopes of both versions."""

from __future__ import annotations

import pytest

from mock_ehr.scopes import NAMED, allows, granted, narrow, parse_scope, read_scope, rights


@pytest.mark.parametrize(
    ("text", "kind", "interaction", "allowed"),
    [
        ("system/*.*", "Patient", "create", True),
        ("system/Patient.read", "Patient", "read", True),
        ("system/Patient.read", "Patient", "search", True),
        ("system/Patient.read", "Patient", "next-page", True),
        ("system/Patient.read", "Patient", "create", False),
        ("system/Patient.write", "Patient", "update", True),
        ("system/Patient.write", "Patient", "read", False),
        ("system/Patient.r", "Patient", "search", False),
        ("system/Patient.cu", "Patient", "create", True),
        ("system/Patient.rs", "Observation", "read", False),
    ],
)
def test_allows(text: str, kind: str, interaction: str, allowed: bool) -> None:
    assert allows(parse_scope(text), kind, interaction) is allowed


@pytest.mark.parametrize(
    "text",
    ["", "Patient.read", "system/Patient", "system/Patient.sr", "system/Patient.x", "system/patient.read",
     "system/Observation.rs?category=x", "other/Patient.read", "system/Patient."],
)  # fmt: skip
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="valid: system/Patient"):
        parse_scope(text)


@pytest.mark.parametrize(
    ("asked", "registered", "common"),
    [
        ("patient/Patient.read", "patient/*.read", "patient/Patient.read"),
        ("patient/*.read", "patient/Patient.r", "patient/Patient.r"),
        ("patient/*.*", "patient/Patient.rs", "patient/Patient.read"),
        ("patient/Patient.cruds", "patient/Patient.read", "patient/Patient.rs"),
        ("patient/Patient.*", "patient/Patient.cru", "patient/Patient.cru"),
        ("patient/Patient.c", "patient/Patient.read", None),
        ("patient/Patient.read", "user/Patient.read", None),
        ("patient/Patient.read", "patient/Observation.read", None),
    ],
)
def test_what_two_scopes_have_in_common(asked: str, registered: str, common: str | None) -> None:
    found = narrow(read_scope(asked), read_scope(registered))
    assert (found.text if found else None) == common
    assert found is None or read_scope(found.text) == found


def test_named_scopes_are_no_right_to_data() -> None:
    assert [parse_scope(name) for name in NAMED] == [frozenset()] * len(NAMED)
    assert [scope.text for scope in rights(("launch", "patient/Patient.r", "rubbish", "openid"))] == [
        "patient/Patient.r"
    ]
    with pytest.raises(ValueError, match="offline_access"):
        parse_scope("offline")


def test_a_launch_gets_no_system_scope_and_each_scope_once() -> None:
    registered = ("system/*.*", "patient/Patient.read", "patient/*.r", "openid")
    assert granted((), registered) == ("patient/Patient.read", "patient/*.r")
    assert granted(("openid", "openid"), registered) == ("patient/Patient.read", "patient/*.r", "openid")
    assert granted(("patient/Patient.r", "system/*.*", "fhirUser"), registered) == ("patient/Patient.r",)
