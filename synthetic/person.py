"""The person behind a chart: everything that is true of them before any illness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from synthetic import names
from synthetic.codes import people
from synthetic.codes.people import Coded
from synthetic.dice import Draw, between, pick
from synthetic.instants import DAY, TODAY, age_on


@dataclass(slots=True, eq=False)
class Person:
    """Demographics as plain values. `death` is an instant; deaths lie within the last two years."""

    sex: str  # male or female: the sex the tables of illness use
    gender: str  # administrative gender, which may also be other or unknown
    birth_day: int
    age: int  # completed years today
    death: int | None
    family: str  # empty for people with a single name
    given: tuple[str, ...]
    suffix: str
    maiden: str
    race: tuple[Coded, ...]
    ethnicity: Coded
    language: Coded
    marital: Coded
    address: Address
    phones: tuple[str, ...]
    email: str
    contact: tuple[str, str, str]  # family and given name and telephone of the next of kin
    full_name: str  # given names, family name, suffix
    has_ssn: bool
    has_former_mrn: bool
    last_day: int  # today, or the day of death: nothing in the chart is later


class Address(NamedTuple):
    """A US postal address."""

    lines: tuple[str, ...]
    city: str
    state: str
    zip: str


_AREA_CODES = ("215", "267", "484", "610", "609", "856", "302", "212", "718", "410")
_SHARE_WITH_SSN = 0.75
_SHARE_WITH_FORMER_MRN = 0.12
_DEATH_PER_AGE = 0.0007  # share of charts of each year of age that belong to the dead: 5 % at 75


def person(draw: Draw) -> Person:
    """Draw one person."""
    band, sex = pick(draw, people.AGE_AND_SEX)
    birth_day = TODAY - int((band + draw() * 5) * 365.2425)
    age = age_on(birth_day, TODAY)
    death = _death(draw, birth_day, age)
    ethnicity = pick(draw, people.ETHNICITY)
    hispanic = ethnicity is people.HISPANIC
    family, given = _name(draw, sex, hispanic=hispanic)
    suffix = pick(draw, ("Jr.", "III")) if sex == "male" and draw() < 0.02 else ""
    marital = pick(draw, people.MARITAL_OF_ADULTS) if age >= 20 else people.NEVER_MARRIED
    area_code = pick(draw, _AREA_CODES)
    return Person(
        sex=sex,
        gender=sex if draw() < 0.995 else pick(draw, ("other", "unknown")),
        birth_day=birth_day,
        age=age,
        death=death,
        family=family,
        given=given,
        suffix=suffix,
        maiden=pick(draw, names.american().family) if sex == "female" and marital.code != "S" and draw() < 0.5 else "",
        race=pick(draw, people.RACE),
        ethnicity=ethnicity,
        language=pick(draw, people.LANGUAGE_OF_HISPANIC if hispanic else people.LANGUAGE),
        marital=marital,
        address=_address(draw),
        phones=_phones(draw, area_code),
        email=_email(draw, given, family) if age >= 18 and draw() < 0.7 else "",
        contact=_next_of_kin(draw, family, area_code),
        full_name=" ".join([part for part in (*given, family, suffix) if part]),
        has_ssn=draw() < _SHARE_WITH_SSN,
        has_former_mrn=draw() < _SHARE_WITH_FORMER_MRN,
        last_day=TODAY if death is None else death // DAY,
    )


def _death(draw: Draw, birth_day: int, age: int) -> int | None:
    if age < 1 or draw() >= age * _DEATH_PER_AGE:
        return None
    return (TODAY - between(draw, 1, min(700, TODAY - birth_day - 300))) * DAY + between(draw, 0, DAY - 1)


def _name(draw: Draw, sex: str, *, hispanic: bool) -> tuple[str, tuple[str, ...]]:
    kind = draw()
    if kind < 0.01:
        return "", (pick(draw, names.american().family),)
    if kind < 0.05:
        pool = pick(draw, names.elsewhere())
        return pick(draw, pool.family), (_first(draw, pool, sex),)
    if kind < 0.07:
        return pick(draw, names.apostrophes()), (_first(draw, names.american(), sex),)
    if hispanic:
        pool, family = names.mexican(), pick(draw, names.mexican().family)
        both = f"{family} {pick(draw, pool.family)}" if draw() < 0.4 else family
        return both, (_first(draw, pool, sex),)
    pool = names.american()
    family = pick(draw, pool.family)
    given: tuple[str, ...] = (_first(draw, pool, sex),)
    if draw() < 0.7:
        given = (*given, _first(draw, pool, sex) if draw() < 0.6 else f"{pick(draw, 'ABCDEFGHJKLMNPRSTVW')}.")
    return (f"{family}-{pick(draw, pool.family)}" if kind > 0.98 else family), given


def _first(draw: Draw, pool: names.NamePool, sex: str) -> str:
    return pick(draw, pool.female if sex == "female" else pool.male)


def _address(draw: Draw) -> Address:
    place = names.places()
    line = f"{between(draw, 1, 9899)} {pick(draw, place.streets)}"
    lines = (line, f"Apt {between(draw, 1, 40)}{pick(draw, 'ABCD')}") if draw() < 0.2 else (line,)
    state, low, high = pick(draw, place.states)
    return Address(lines, pick(draw, place.cities), state, f"{between(draw, low, high):05}")


def _phones(draw: Draw, area_code: str) -> tuple[str, ...]:
    home = _phone(draw, area_code)
    return (home, _phone(draw, area_code)) if draw() < 0.5 else (home,)


def _next_of_kin(draw: Draw, family: str, area_code: str) -> tuple[str, str, str]:
    pool = names.american()
    given = pick(draw, pool.female if draw() < 0.5 else pool.male)
    return family or pick(draw, pool.family), given, _phone(draw, area_code)


def _phone(draw: Draw, area_code: str) -> str:
    """A number from 555-0100 to 555-0199, which are kept for fiction (NANPA)."""
    return f"+1-{area_code}-555-01{between(draw, 0, 99):02}"


def _email(draw: Draw, given: tuple[str, ...], family: str) -> str:
    """An address at a domain kept for examples (RFC 2606)."""
    words = [letters for letters in (names.ascii_letters(given[0]), names.ascii_letters(family)) if letters]
    return f"{'.'.join([*words, str(between(draw, 100, 99999))])}@{pick(draw, ('example.com', 'example.org'))}"
