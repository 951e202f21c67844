"""People: who lives here, and that the odd ones among them occur."""

from __future__ import annotations

from collections import Counter

import pytest

from synthetic.codes.people import AGE_AND_SEX
from synthetic.dice import stream
from synthetic.instants import NOW, TODAY
from synthetic.person import Person, person


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person(stream(b"people", index)) for index in range(6000)]


def test_ages_and_sexes_follow_the_census(people: list[Person]) -> None:
    expected = Counter((min(band, 85) // 15, sex) for band, sex in AGE_AND_SEX)
    found = Counter((min(someone.age, 89) // 15, someone.sex) for someone in people)
    for group, count in expected.items():
        assert found[group] / len(people) == pytest.approx(count / len(AGE_AND_SEX), abs=0.02), group


def test_nobody_is_born_tomorrow_or_dies_before_birth(people: list[Person]) -> None:
    for someone in people:
        assert someone.birth_day <= TODAY
        assert someone.death is None or someone.birth_day * 86400 < someone.death <= NOW
        assert 0 <= someone.age <= 104


def test_the_old_die_more_often(people: list[Person]) -> None:
    def share(low: int, high: int) -> float:
        group = [someone for someone in people if low <= someone.age < high]
        return sum(someone.death is not None for someone in group) / len(group)

    assert 0.03 < share(65, 100) < 0.08
    assert share(0, 40) < 0.03


@pytest.mark.parametrize(
    ("what", "least"),
    [
        (lambda someone: not someone.family, 30),
        (lambda someone: "'" in someone.family, 20),
        (lambda someone: "\N{RIGHT SINGLE QUOTATION MARK}" in someone.family, 3),
        (lambda someone: not someone.full_name.isascii(), 200),
        (lambda someone: any(ord(letter) > 0x4DFF for letter in someone.full_name), 10),
        (lambda someone: any(0x600 <= ord(letter) < 0x700 for letter in someone.full_name), 10),
        (lambda someone: "-" in someone.family, 50),
        (lambda someone: someone.maiden, 300),
        (lambda someone: someone.gender in ("other", "unknown"), 10),
        (lambda someone: someone.email, 2000),
        (lambda someone: someone.address.lines[1:], 500),
    ],
    ids=["single name", "apostrophe", "typographic", "non-ASCII", "Chinese", "Arabic", "hyphen", "maiden name",
         "gender", "e-mail", "second line"],
)  # fmt: skip
def test_the_odd_ones_occur(people: list[Person], what: object, least: int) -> None:
    assert sum(bool(what(someone)) for someone in people) >= least  # type: ignore[operator]


def test_telephones_and_mail_are_nobodys(people: list[Person]) -> None:
    for someone in people:
        assert all("-555-01" in phone for phone in someone.phones)
        assert not someone.email or someone.email.endswith(("@example.com", "@example.org"))
