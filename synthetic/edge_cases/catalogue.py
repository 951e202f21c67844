"""The table of all edge cases by theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from synthetic.edge_cases import (
    care_records,
    clock_times,
    codes,
    contradictions,
    dates,
    directory_records,
    identifiers,
    names,
    quantities,
    references,
    scheduling,
    sensitive,
    statuses,
    structure,
    wire,
    wrong_records,
    wrong_structure,
    wrong_values,
)
from synthetic.edge_cases.case import Case

THEMES: Mapping[str, tuple[Case, ...]] = MappingProxyType(
    {
        "dates": dates.CASES,
        "clock times": clock_times.CASES,
        "names": names.CASES,
        "identifiers": identifiers.CASES,
        "quantities": quantities.CASES,
        "codes": codes.CASES,
        "statuses": statuses.CASES,
        "references": references.CASES,
        "structure": structure.CASES,
        "scheduling": scheduling.CASES,
        "care records": care_records.CASES,
        "directory": directory_records.CASES,
        "sensitive": sensitive.CASES,
        "wrong values": wrong_values.CASES,
        "wrong structure": wrong_structure.CASES,
        "wrong records": wrong_records.CASES,
        "contradictions": contradictions.CASES,
        "wire": wire.CASES,
    }
)
CASES: Mapping[str, Case] = MappingProxyType({case.name: case for cases in THEMES.values() for case in cases})


def chosen(names: Sequence[str] | None) -> tuple[Case, ...]:
    """The cases of these names, each once; None means all but those that must be asked for by name.

    Raises ValueError for an unknown name and for no name at all.
    """
    if names is None:
        return tuple(case for case in CASES.values() if not case.by_name_only)
    if not names:
        raise ValueError("no edge cases: name at least one, or leave the names out to have all")
    return tuple(known(name) for name in dict.fromkeys(names))


def known(name: str) -> Case:
    """The case of a name. Raises ValueError that names the closest ones."""
    if name in CASES:
        return CASES[name]
    close = get_close_matches(name, CASES, n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(close)}?" if close else f"the catalogue has {len(CASES)} cases, see its rows"
    raise ValueError(f"no edge case {name!r}; {hint}")


def rows() -> list[dict[str, Any]]:
    """The catalogue as a table, in its order: theme by theme, the legal ones first."""
    return [
        {
            "name": case.name,
            "theme": theme,
            "family": case.family.value,
            "type": case.type,
            "where": case.where,
            "expected": case.expected.value,
            "truth": case.sentence,
            "requirements": list(case.requirements),
            "rule": case.rule,
            "by_name_only": case.by_name_only,
        }
        for theme, cases in THEMES.items()
        for case in cases
    ]
