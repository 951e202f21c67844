"""The switches: each explained, each settable from the command line."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from mock_ehr.vendors.epic.quirks import EpicQuirks, parse_quirks


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("total_is_page_size=false", "total_is_page_size", False),
        ("total_cap=50", "total_cap", 50),
        ("page_lifetime_s=2.5", "page_lifetime_s", 2.5),
        ("empty_severity=information", "empty_severity", "information"),
        ("late_filters=date,status", "late_filters", ("date", "status")),
        ("held_types=", "held_types", ()),
    ],
)
def test_a_setting_changes_one_switch(setting: str, name: str, value: object) -> None:
    changed, default = parse_quirks([setting]), EpicQuirks()
    assert getattr(changed, name) == value
    others = [spec.name for spec in fields(EpicQuirks) if getattr(changed, spec.name) != getattr(default, spec.name)]
    assert others == [name]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("total_is_pagesize=false", "did you mean total_is_page_size"),
        ("rubbish", "valid: .*xml_by_default"),
        ("software_version=May 1999", "valid: May 2022"),
        ("capability_shape=round", "valid: full, without-basic"),
        ("more_identifiers=EPI,SSN", "'SSN'; valid: CEID"),
        ("total_is_page_size=no", "valid: true, false"),
        ("total_cap=many", "it is a int"),
    ],
)
def test_a_wrong_setting_is_explained(setting: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_quirks([setting])


def test_each_switch_names_its_source() -> None:
    source = "".join(inspect.getsource(part) for part in EpicQuirks.__mro__[:-1])
    for spec in fields(EpicQuirks):
        explanation = source.partition(f"    {spec.name}: ")[2].split('"""')[1]
        assert any(word in explanation for word in ("Seen", "seen", "Reported", "Gap")), spec.name
