"""The profiles of US Core 6.1.0 as values, read from profiles.toml."""

import functools
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

Coding = tuple[str, str]
PROFILE_URL = "http://hl7.org/fhir/us/core/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Profile:
    """One row of profiles.toml; the file explains the fields."""

    name: str
    type: str
    extends: str | None = None
    require: tuple[str, ...] = ()
    patient: str | None = None
    any_code: dict[str, frozenset[Coding]] = field(default_factory=dict)
    all_codes: dict[str, frozenset[Coding]] = field(default_factory=dict)
    value_set: dict[str, frozenset[str]] = field(default_factory=dict)
    quantity: frozenset[str] = frozenset()
    component: dict[str, frozenset[str]] = field(default_factory=dict)
    components: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    always_implied: bool = False
    implied: frozenset[Coding] = frozenset()
    implied_by: str = ""

    @property
    def url(self) -> str:
        """Canonical url without version."""
        return PROFILE_URL + self.name


def read_profiles(text: str) -> dict[str, Profile]:
    """Profiles by name from the text of profiles.toml; raises KeyError for a system the file does not name."""
    document = tomllib.loads(text)
    systems = document["systems"]
    return {name: _profile(name, row, systems) for name, row in document["profiles"].items()}


def _profile(name: str, row: dict[str, Any], systems: dict[str, str]) -> Profile:
    def codes(words: list[str]) -> frozenset[Coding]:
        pairs = (word.split("|") for word in words)
        return frozenset((systems[system], code) for system, code in pairs)

    implied = row.get("implied", False)
    return Profile(
        name=name,
        type=row["type"],
        extends=row.get("extends"),
        require=tuple(row.get("require", ())),
        patient=row.get("patient"),
        any_code={path: codes(words) for path, words in row.get("any_code", {}).items()},
        all_codes={path: codes(words) for path, words in row.get("all_codes", {}).items()},
        value_set={path: frozenset(words) for path, words in row.get("value_set", {}).items()},
        quantity=frozenset(row.get("quantity", ())),
        component={code: frozenset(units) for code, units in row.get("component", {}).items()},
        components=tuple(row.get("components", ())),
        rules=tuple(row.get("rules", ())),
        always_implied=implied is True,
        implied=codes(implied) if isinstance(implied, list) else frozenset(),
        implied_by=row.get("implied_by", ""),
    )


@functools.cache
def profiles() -> dict[str, Profile]:
    """Profiles that travel with this package, by name."""
    return read_profiles(files("synthetic.r4.us_core").joinpath("profiles.toml").read_text("utf-8"))


@functools.cache
def profiles_by_url() -> dict[str, Profile]:
    """Profiles by url without version."""
    return {profile.url: profile for profile in profiles().values()}


@functools.cache
def profiles_by_type() -> dict[str, tuple[Profile, ...]]:
    """Profiles by resource type."""
    types = {profile.type for profile in profiles().values()}
    return {name: tuple(p for p in profiles().values() if p.type == name) for name in sorted(types)}
