"""The objectives of a target file in the place of a profile's own, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gauntlet.errors import closest
from gauntlet.load.interaction import CREATE
from gauntlet.load.profile import Profile, ProfileError
from gauntlet.load.profile_tables import Recovery
from gauntlet.load.slo import OBJECTIVES, PARTIAL, RECOVERY, Slo
from gauntlet.load.traffic import endpoint_name, traffic_class

_PARTS = ("endpoint", "traffic")
Limits = Mapping[str, float | None]


def with_slo(profile: Profile, overrides: Mapping[str, Any], *, why: str) -> Profile:
    """Return `profile` with the objectives named in `overrides` replaced (None keeps the profile's own).

    `endpoint` and `traffic` hold objectives by the name of a part; what this profile has no requests of is left out,
    and so is `recovery_s` when it has no faults. Raises ProfileError for an unknown objective or an impossible limit.
    """
    raw = profile.slo.model_dump()
    whole = {name: limit for name, limit in overrides.items() if name not in _PARTS}
    _put(raw, {name: limit for name, limit in whole.items() if name != RECOVERY}, OBJECTIVES, why)
    for kind in _PARTS:
        for name, limits in overrides.get(kind, {}).items():
            if _occurs(profile, kind, name):
                _put(raw[kind].setdefault(name, {}), limits, PARTIAL, why)
    try:
        recovery = _recovery(profile.recovery, whole.get(RECOVERY), why)
        return profile.model_copy(update={"slo": Slo.model_validate(raw), "recovery": recovery})
    except ValueError as error:
        raise ProfileError(f"objectives for profile {profile.name}: {error}") from None


def _put(slo: dict[str, Any], limits: Limits, valid: tuple[str, ...], why: str) -> None:
    for name, limit in limits.items():
        if name not in valid:
            raise ProfileError(
                f"unknown objective {name!r}{closest(name, valid)}",
                hint=f"valid: {', '.join(valid)}",
            )
        if limit is not None:
            slo[name] = {"limit": limit, "why": why}


def _occurs(profile: Profile, kind: str, name: str) -> bool:
    if kind == "traffic":
        return any(traffic_class(request.role) == name for request in profile.mix)
    wanted = CREATE if name.split(maxsplit=1)[0] == CREATE else name  # of which type is known when the run begins
    return any(endpoint_name(request.request) == wanted for request in profile.mix)


def _recovery(recovery: Recovery | None, within_s: float | None, why: str) -> Recovery | None:
    if recovery is None or within_s is None:
        return recovery
    return Recovery.model_validate({**recovery.model_dump(), "within_s": within_s, "why": why})
