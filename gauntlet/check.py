"""What a check is: one pytest function with one requirement, a docstring that is the report text, and its defects."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pytest

from gauntlet.errors import UsageError, closest
from gauntlet.requirement import Catalogue, Requirement
from gauntlet.target_ehr import VENDORS

CHARTS_PER_CHECK = 8
OWN = "own"  # beginning of the ids of a vendor's own checks


@dataclass(frozen=True, slots=True)
class Check:
    """A collected check. `ordinal` is its place among all checks, selected or not: it decides which charts it owns."""

    id: str
    requirement: Requirement
    tripped_by: tuple[str, ...]
    title: str
    description: str
    ordinal: int
    upstreams: tuple[str, ...] = ("epic",)  # vendors of EHRs behind which the check can judge a gateway

    @property
    def first_chart(self) -> int:
        """Index of the first chart this check owns; it owns `CHARTS_PER_CHECK`."""
        return self.ordinal * CHARTS_PER_CHECK


def check_of(item: pytest.Item, catalogue: Catalogue, suites: Path, ordinal: int, own: Path | None = None) -> Check:
    """Return the check that `item` is; `own` is the folder of a vendor's own checks, which need not name a defect.

    Raises UsageError for a missing marker or docstring, an unknown requirement (with the closest match) or no defect.
    """
    is_own = own is not None and item.path.is_relative_to(own)
    relative = _place(item.path, suites, own if is_own else None)
    check_id = f"{relative}::{item.name}"
    markers = list(item.iter_markers("requirement"))
    if len(markers) != 1 or len(markers[0].args) != 1:
        raise UsageError(
            f"{check_id}: a check carries exactly one requirement",
            hint='@pytest.mark.requirement("AUT-01", tripped_by=["accepts-anonymous"])',
        )
    marker = markers[0]
    try:
        requirement = catalogue.get(marker.args[0])
    except UsageError as error:
        raise UsageError(f"{check_id}: {error.message}", hint=error.hint) from None
    tripped_by = tuple(marker.kwargs.get("tripped_by", ()))
    if not (tripped_by or is_own):
        raise UsageError(f"{check_id}: a check names at least one defect that trips it: tripped_by=[...]")
    title, description = _docstring(item, check_id)
    return Check(check_id, requirement, tripped_by, title, description, ordinal, _upstreams(item, check_id))


def _place(path: Path, suites: Path, own: Path | None) -> str:
    """Return where a check's file is, as its id begins."""
    if own is not None:
        return f"{OWN}/{path.relative_to(own).as_posix()}"
    return path.relative_to(suites).as_posix() if path.is_relative_to(suites) else path.name


def _upstreams(item: pytest.Item, check_id: str) -> tuple[str, ...]:
    """Return the vendors that the marker `upstream` names, nearest marker first; without one a check is for Epic."""
    marker = next(iter(item.iter_markers("upstream")), None)
    names = marker.args if marker else ("epic",)
    for name in names:
        if name not in VENDORS:
            raise UsageError(
                f"{check_id}: unknown vendor {name!r}{closest(str(name), VENDORS)}",
                hint=f'@pytest.mark.upstream("epic", "allscripts"); vendors are {", ".join(VENDORS)}',
            )
    return tuple(names)


def _docstring(item: pytest.Item, check_id: str) -> tuple[str, str]:
    text = inspect.cleandoc(getattr(getattr(item, "obj", None), "__doc__", None) or "")
    title, _, description = text.partition("\n")
    if not title.strip():
        raise UsageError(f"{check_id}: a check has a docstring: what, why it matters in a hospital, specification")
    return title.strip().rstrip("."), description.strip()


def require_all_known(prefixes: tuple[str, ...], checks: Collection[Check]) -> None:
    """Raise UsageError for the first of `prefixes` that selects nothing: a typing error must not shorten a run."""
    for prefix in prefixes:
        if not any(selected(check, (prefix,)) for check in checks):
            known = dict.fromkeys(name for check in checks for name in (check.requirement.id, check.id))
            folders = dict.fromkeys(check.id.partition("/")[0] + "/" for check in checks)
            raise UsageError(
                f"no check or requirement begins with {prefix!r}{closest(prefix, [*known, *folders])}",
                hint="`gauntlet catalog checks` lists check and requirement ids; any beginning of one selects",
            )


def selected(check: Check, prefixes: tuple[str, ...]) -> bool:
    """Return whether `check` is chosen by `prefixes`: beginnings of a check id or of a requirement id; none: all."""
    if not prefixes:
        return True
    return any(check.id.startswith(prefix) or check.requirement.id.startswith(prefix.upper()) for prefix in prefixes)
