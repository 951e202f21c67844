"""The public check of a resource against US Core 6.1.0."""

from collections.abc import Iterator
from typing import Any

from synthetic.r4.problem import Json, Problem, nearest
from synthetic.r4.rules import problems
from synthetic.r4.us_core.checks import CHECKS
from synthetic.r4.us_core.invariants import INVARIANTS
from synthetic.r4.us_core.selection import profiles_for
from synthetic.r4.us_core.table import PROFILE_URL, Profile, profiles


def us_core_problems(resource: Any, profile: str | None = None) -> list[Problem]:
    """List what `resource` breaks of US Core 6.1.0, beyond the rules of R4; an empty list means conformant.

    `profile` is a url or its last part (`us-core-patient`), with or without version; None means every profile of
    `profiles_for(resource)`, and a resource without profile has no problems. A resource that breaks R4 gets its R4
    problems instead, since profiles only make sense on valid resources.
    Raises ValueError for a profile that US Core 6.1.0 does not have or this table does not know.
    """
    names = [url.removeprefix(PROFILE_URL) for url in ([profile] if profile else profiles_for(resource))]
    chosen = [known_profile(name) for name in names]
    if not chosen:
        return []
    if found := problems(resource):
        return found
    return [problem.under(resource["resourceType"]) for row in chosen for problem in profile_problems(row, resource)]


def known_profile(name: str) -> Profile:
    """Profile by name, with or without version; raises ValueError."""
    plain = name.partition("|")[0]
    if plain not in profiles():
        hint = nearest(plain, sorted(profiles()))
        raise ValueError(f"US Core 6.1.0 has no profile {name!r} here; {hint}")
    return profiles()[plain]


def profile_problems(profile: Profile, resource: Json) -> Iterator[Problem]:
    """Problems by one profile and those it extends."""
    if resource["resourceType"] != profile.type:
        text = f"{profile.name} is a profile of {profile.type}, not of {resource['resourceType']}"
        yield Problem("meta.profile", "us-core-type", text)
        return
    if profile.extends:
        yield from profile_problems(profiles()[profile.extends], resource)
    for check in CHECKS:
        yield from check(profile, resource)
    for name in profile.rules:
        rule = INVARIANTS[name]
        for path, message in rule.broken_at(resource):
            yield Problem(path, rule.key, f"{profile.name}: {message}")
