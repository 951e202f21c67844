"""The table of requirements: `suites/requirements.toml` as values.

One row is one requirement that a gateway is judged on. Checks name a row by id; an unknown id is refused with the
closest match, so that a typing error can never become a check that counts for nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gauntlet.errors import HarnessError, UsageError, closest

_ID = re.compile(r"[A-Z]{3}-\d\d")
_REQUIRED = ("id", "level", "feature", "text", "judged_from", "source")
_KEYS = frozenset({*_REQUIRED, "not_tested", "norm", "reason", "behind", "fix"})
_VANTAGE_POINTS = frozenset("CUNLAMT")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row: what a gateway must (or should) do, what has to be claimed for it to apply, and where it comes from."""

    id: str
    level: str  # "MUST" or "SHOULD"
    feature: str
    text: str
    judged_from: tuple[str, ...]
    source: str
    not_tested: str = ""  # "reason, YYYY-MM-DD" for a row without a check
    behind: tuple[str, ...] = ()  # vendors of EHRs behind which it applies at all; none: behind every one
    fix: str = ""  # where to look first when it does not hold

    @property
    def family(self) -> str:
        """The three letters before the number."""
        return self.id[:3]


@dataclass(frozen=True)
class Catalogue:
    """Every requirement by id, with the names of families, the meaning of features and the certificate profiles."""

    requirements: Mapping[str, Requirement]
    families: Mapping[str, str]
    features: Mapping[str, str]
    profiles: Mapping[str, tuple[str, ...]]

    def get(self, requirement_id: str) -> Requirement:
        """Return the row `requirement_id`. Raises UsageError with the closest match when there is none."""
        try:
            return self.requirements[requirement_id]
        except KeyError:
            raise UsageError(
                f"unknown requirement {requirement_id!r}{closest(requirement_id, self.requirements)}",
                hint="`gauntlet catalog requirements` lists them all",
            ) from None

    @cached_property
    def claimable(self) -> tuple[str, ...]:
        """The features a target file may claim; core always applies."""
        return tuple(sorted(set(self.features) - {"core"}))


def load_catalogue(path: Path) -> Catalogue:
    """Read the table at `path`. Raises HarnessError, naming row and field, when the table itself is wrong."""
    raw = _parse(path)
    rows = [_row(item, raw, path) for item in raw["requirement"]]
    ids = [row.id for row in rows]
    duplicates = sorted({i for i in ids if ids.count(i) > 1})
    if duplicates:
        raise HarnessError(f"{path}: requirement ids used twice: {', '.join(duplicates)}")
    profiles = {name: tuple(features) for name, features in raw["profiles"].items()}
    for name, features in profiles.items():
        for feature in features:
            if feature not in raw["features"]:
                raise HarnessError(f"{path}: profile {name!r} names the unknown feature {feature!r}")
    return Catalogue({row.id: row for row in rows}, raw["families"], raw["features"], profiles)


def extended(catalogue: Catalogue, path: Path) -> Catalogue:
    """Return `catalogue` with a vendor's own families and rows of the table at `path`, if there is one.

    Own rows have features of the catalogue and families that it does not have. Raises UsageError when they do not.
    """
    if not path.is_file():
        return catalogue
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        families, items = raw.get("families", {}), raw.get("requirement", [])
        taken = sorted(families.keys() & catalogue.families.keys())
        if taken:
            raise UsageError(f"{path}: the family {taken[0]!r} is the suite's: choose three other letters")
        rows = [_row(item, {"families": families, "features": catalogue.features}, path) for item in items]
    except HarnessError as error:
        raise UsageError(error.message) from None
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(f"{path}: the table of your own requirements cannot be read: {error}") from None
    return Catalogue(
        {**catalogue.requirements, **{row.id: row for row in rows}},
        {**catalogue.families, **families},
        catalogue.features,
        catalogue.profiles,
    )


def _parse(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: the table of requirements cannot be read: {error}") from None
    for table in ("requirement", "families", "features", "profiles"):
        if table not in raw:
            raise HarnessError(f"{path}: the table {table!r} is missing")
    return raw


def _row(item: dict[str, Any], raw: dict[str, Any], path: Path) -> Requirement:
    where = f"{path}: requirement {item.get('id', '(no id)')!r}"
    unknown = set(item) - _KEYS
    if unknown:
        key = min(unknown)
        raise HarnessError(f"{where}: unknown key {key!r}{closest(key, _KEYS)}")
    missing = [key for key in _REQUIRED if key not in item]
    if missing:
        raise HarnessError(f"{where}: {missing[0]}: required")
    if not _ID.fullmatch(item["id"]) or item["id"][:3] not in raw["families"]:
        raise HarnessError(f"{where}: an id is a known family and two digits, such as 'AUT-01'")
    if item["level"] not in ("MUST", "SHOULD"):
        raise HarnessError(f"{where}: level {item['level']!r} is neither 'MUST' nor 'SHOULD'")
    if item["feature"] not in raw["features"]:
        raise HarnessError(f"{where}: unknown feature {item['feature']!r}{closest(item['feature'], raw['features'])}")
    if not set(item["judged_from"]) <= _VANTAGE_POINTS or not item["judged_from"]:
        raise HarnessError(f"{where}: judged_from takes letters of {''.join(sorted(_VANTAGE_POINTS))}")
    if item.get("not_tested") and not re.search(r", \d{4}-\d\d-\d\d$", item["not_tested"]):
        raise HarnessError(f"{where}: not_tested ends with a date, such as ', 2026-11-21'")
    return Requirement(
        id=item["id"],
        level=item["level"],
        feature=item["feature"],
        text=item["text"],
        judged_from=tuple(item["judged_from"]),
        source=item["source"],
        not_tested=item.get("not_tested", ""),
        behind=tuple(item.get("behind", ())),
        fix=item.get("fix", ""),
    )
