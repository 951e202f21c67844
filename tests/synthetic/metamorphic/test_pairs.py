"""A chart and its other spelling mean the same; a changed last digit in either is found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthetic.edge_cases.catalogue import THEMES
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.edge_cases.paths import put
from synthetic.metamorphic.judge import same_meaning
from synthetic.metamorphic.pairs import pair, respell, site_of
from synthetic.metamorphic.references import without_words
from synthetic.metamorphic.spellings import SPELLINGS, Site
from synthetic.population import Chart, Population, Resource
from synthetic.r4.rules import problems

POPULATION = Population(7, 60)
SITE = site_of(POPULATION.directory())
CHARTS = tuple(POPULATION.chart(index) for index in range(14))
spellings = st.sampled_from(sorted(SPELLINGS))
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_another_and_legal(name: str) -> None:
    respelled = 0
    for chart in CHARTS:
        made = pair(chart, name, SITE)
        for left, right in zip(made.plain.resources, made.other.resources, strict=True):
            if left.json != right.json:
                respelled += 1
                assert problems(right.body) == []
        assert made.differences == []
    assert respelled >= 8


@pytest.mark.parametrize("name", SPELLINGS)
def test_judging_has_no_direction(name: str) -> None:
    reading = SPELLINGS[name].reading(SITE)
    made = pair(CHARTS[3], name, SITE)

    for left, right in zip(made.plain.resources, made.other.resources, strict=True):
        assert same_meaning(right.body, left.body, reading) == []


@quick
@given(first=spellings, second=spellings, data=st.data())
def test_two_spellings_of_one_resource_mean_the_same(first: str, second: str, data: st.DataObject) -> None:
    chart = data.draw(st.sampled_from(CHARTS))
    resource = data.draw(st.sampled_from(chart.resources))
    one, two = (respell(resource, SPELLINGS[name], SITE).body for name in (first, second))

    assert same_meaning(one, two, SPELLINGS["epic-shape"].reading(SITE)) == []


@quick
@given(name=spellings, data=st.data(), reverse=st.booleans())
def test_a_changed_last_digit_is_found(name: str, data: st.DataObject, reverse: bool) -> None:
    chart = data.draw(st.sampled_from(CHARTS))
    resource = data.draw(st.sampled_from(chart.resources))
    path, value = data.draw(st.sampled_from(sorted(leaves(without_words(resource.body)), key=lambda leaf: leaf[0])))
    changed = resource.body
    put(changed, path, other(value))
    sides = changed, respell(resource, SPELLINGS[name], SITE).body

    assert same_meaning(*(reversed(sides) if reverse else sides), SPELLINGS[name].reading(SITE)) != []


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with meaning; the words for a unit beside its code have none."""
    if isinstance(value, dict):
        words = {"unit"} if "code" in value else set()
        for name, item in value.items():
            if name not in words:
                yield from leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path, value


def other(value: Any) -> Any:
    """The value with its last digit, letter or truth changed."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, Decimal):
        return value + Decimal(1).scaleb(int(value.as_tuple().exponent))
    place = max((at for at, character in enumerate(value) if character.isalnum() and character != "Z"), default=0)
    return value[:place] + ("1" if value[place] != "1" else "2") + value[place + 1 :]


def test_edge_cases_of_spelling_mean_the_same_as_the_clean_chart() -> None:
    """Offsets and other orders of members are spellings, too; other legal cases are real differences."""
    same = {"offset-plus-14", "offset-minus-12", "offset-of-45-minutes", "offset-minus-zero"}
    same |= {"members-in-reverse-order", "blanks-and-tabs", "escaped-letters"}
    for theme in ("clock times", "structure", "quantities", "codes"):
        for case in THEMES[theme]:
            edges = with_edge_cases(POPULATION, 1, [case.name])
            touched = edges.truth(3)[0]
            left, right = POPULATION.chart(3), edges.chart(3)
            before = left.find(touched.resource_type, touched.id)
            if before is not None and not case.by_name_only:
                found = same_meaning(before.body, last(right, before).body)
                assert bool(found) != (case.name in same), case.name


def last(chart: Chart, resource: Resource) -> Resource:
    found = chart.find(resource.type, resource.id)
    assert found is not None
    return found


def test_a_site_without_directory_finds_nothing() -> None:
    made = pair(CHARTS[0], "contained-drugs", Site())

    assert made.plain.resources == made.other.resources
