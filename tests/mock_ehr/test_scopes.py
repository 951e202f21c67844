"""SMART scopes of both versions."""

from __future__ import annotations

import pytest

from mock_ehr.scopes import allows, parse_scope


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
