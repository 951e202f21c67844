"""Other sizes of a load profile: more or fewer arrivals, a shorter curve, the short form of conformance runs."""

from __future__ import annotations

from gauntlet.load.profile import MAX_DURATION_S, MAX_RATE, Profile, ProfileError, RatePoint
from gauntlet.load.profile_tables import Reason


def scaled(profile: Profile, *, rate: float = 1.0, duration_s: float | None = None) -> Profile:
    """Return `profile` with every rate multiplied by `rate` and its curve stretched to `duration_s` seconds.

    Raises ProfileError when the factor, the duration or the resulting peak rate is impossible.
    """
    if not 0 < rate <= 10_000:
        raise ProfileError(
            f"rate factor {rate:g} is impossible",
            hint="give a factor above 0 and up to 10000, 1 = as written",
        )
    duration = profile.duration_s if duration_s is None else duration_s
    if not 1 <= duration <= MAX_DURATION_S:
        raise ProfileError(f"duration of {duration:g} s is impossible", hint=f"give 1 to {MAX_DURATION_S:g} seconds")
    peak = max(point.per_s for point in profile.curve) * rate
    if peak > MAX_RATE:
        raise ProfileError(
            f"profile {profile.name}: a peak of {peak:g} arrivals/s is above the limit of {MAX_RATE:g}/s",
            hint="use a smaller rate factor",
        )
    stretch = duration / profile.duration_s
    curve = [
        point.model_copy(update={"at_s": point.at_s * stretch, "per_s": point.per_s * rate}) for point in profile.curve
    ]
    return profile.model_copy(update={"curve": curve})


def compressed(profile: Profile) -> Profile:
    """Return the short form of `profile`, or `profile` itself when it has none.

    Faults begin earlier in the same proportion as the curve and last `fault_s` of their time; a batch job has so much
    fewer patients and its whole window; a capacity search does without further runs.
    """
    short = profile.compressed
    if short is None:
        return profile
    part = short.duration_s / profile.duration_s
    faults = [
        fault.model_copy(update={"at_s": fault.at_s * part, "for_s": fault.for_s * short.fault_s})
        for fault in profile.fault
    ]
    whole = scaled(profile, rate=short.rate, duration_s=short.duration_s).model_copy(update={"fault": faults})
    if profile.sync is not None:
        patients = max(1, round(profile.sync.patients * part))
        whole = whole.model_copy(update={"sync": profile.sync.model_copy(update={"patients": patients})})
    if profile.search is None:
        return whole
    step_s = short.duration_s / len(profile.search.steps)
    search = profile.search.model_copy(update={"step_s": step_s, "bisections": 0})
    return staircase(whole, search.steps, step_s).model_copy(update={"search": search})


def staircase(profile: Profile, rates: list[float], step_s: float) -> Profile:
    """Return `profile` with each of `rates` held for `step_s` seconds in turn."""
    why: Reason = "a step of the search for the highest rate within the objectives"
    curve = []
    for number, rate in enumerate(rates):
        begin = number * step_s
        curve += [RatePoint(at_s=begin + (0.001 if number else 0.0), per_s=rate, why=why)]
        curve += [RatePoint(at_s=begin + step_s, per_s=rate, why=why)]
    return profile.model_copy(update={"curve": curve})
