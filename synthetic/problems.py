"""What someone has: long-standing illnesses by age and sex, and the acute ones that led to visits."""

from __future__ import annotations

from dataclasses import dataclass

from synthetic.codes.illness import risks
from synthetic.dice import Draw, between, pick, weighted
from synthetic.instants import DAY, age_on
from synthetic.person import Person
from synthetic.timeline import Visit

DIABETES = frozenset({"E11.9", "E11.42"})


@dataclass(slots=True, eq=False)
class Problem:
    """One condition. `visit` is the visit that recorded it, None when it is older than the visits we know."""

    ordinal: int
    code: str
    display: str
    chronic: bool
    drugs: tuple[str, ...]
    onset_day: int
    abated_day: int | None
    recorded: int
    visit: Visit | None
    clinical: str  # active, recurrence, remission, inactive, resolved; empty when entered in error
    verification: str
    sensitive: str = ""  # class of codes.sensitivity


_VERIFICATIONS = weighted(
    {"confirmed": 92, "provisional": 4, "differential": 2, "refuted": 1, "entered-in-error": 1}, 100
)


def problems(draw: Draw, person: Person, visits: tuple[Visit, ...]) -> tuple[Problem, ...]:
    """All conditions: long-standing ones first. At least one, and the last visit's is always confirmed."""
    found: list[Problem] = []
    _chronic(draw, person, visits, found)
    _acute(draw, person, visits, found)
    return tuple(found)


def real(found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """What someone really has: neither refuted nor an error."""
    return tuple([item for item in found if item.verification not in ("refuted", "entered-in-error")])


def _chronic(draw: Draw, person: Person, visits: tuple[Visit, ...], found: list[Problem]) -> None:
    age = age_on(person.birth_day, person.last_day)
    has = [illness for illness, share in risks(person.sex, age) if age > illness.youngest and draw() < share]
    polyneuropathy = any(illness.code == "E11.42" for illness in has)
    for illness in has:
        if illness.code == "E11.9" and polyneuropathy:
            continue  # E11.42 says it already
        earliest = person.birth_day + int(illness.youngest * 365.25)
        onset = between(draw, max(earliest, person.last_day - 9000), visits[-1].day)
        recorded, visit = _recorded(draw, onset, visits)
        clinical, verification = "active", "confirmed"
        abated = None
        if draw() < 0.12:
            verification = pick(draw, _VERIFICATIONS)
            clinical, abated = _course(draw, recorded // DAY, person.last_day)
        if verification in ("entered-in-error", "refuted"):
            clinical, abated = ("", None) if verification == "entered-in-error" else ("inactive", None)
        found.append(
            Problem(
                len(found),
                illness.code,
                illness.display,
                True,
                illness.drugs,
                onset,
                abated,
                recorded,
                visit,
                clinical,
                verification,
                illness.sensitive,
            )
        )


def _recorded(draw: Draw, onset: int, visits: tuple[Visit, ...]) -> tuple[int, Visit | None]:
    first = visits[0].day
    if onset < first:  # brought along from another practice
        return (onset + between(draw, 0, min(30, first - onset - 1))) * DAY + between(draw, 13, 21) * 3600, None
    visit = next(visit for visit in visits if visit.happened and visit.day >= onset)
    return visit.start + 60 * between(draw, 5, 12), visit


def _course(draw: Draw, recorded_day: int, last_day: int) -> tuple[str, int | None]:
    clinical = pick(draw, ("active", "remission", "inactive", "resolved"))
    if clinical == "active" or recorded_day >= last_day:
        return "active", None
    return clinical, between(draw, recorded_day + 1, last_day)


def _acute(draw: Draw, person: Person, visits: tuple[Visit, ...], found: list[Problem]) -> None:
    for visit in visits:
        if visit.acute is None:
            continue
        onset = max(person.birth_day, visit.day - between(draw, 0, 6))
        abated: int | None = visit.day + max(1, visit.acute.days + between(draw, -2, 5))
        if visit.end is None or abated is None or abated > person.last_day or abated * DAY < visit.end:
            abated = None
        found.append(
            Problem(
                ordinal=len(found),
                code=visit.acute.code,
                display=visit.acute.display,
                chronic=False,
                drugs=visit.acute.drugs,
                onset_day=onset,
                abated_day=abated,
                recorded=visit.start + 60 * between(draw, 5, 12),
                visit=visit,
                clinical="active" if abated is None else "resolved",
                verification="confirmed",
            )
        )
