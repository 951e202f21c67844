"""Ids: reversible, unique, verifiable, legal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetic.identity import MAX_SIZE, TYPES, Identity, Permutation, Place

IDENTITY = Identity(7)
TYPE = st.sampled_from(TYPES)
INDEX = st.integers(0, MAX_SIZE - 1)
ORDINAL = st.integers(0, (1 << 24) - 1)


@given(TYPE, INDEX, ORDINAL)
def test_an_id_is_read_back(resource_type: str, index: int, ordinal: int) -> None:
    resource_id = IDENTITY.resource_id(resource_type, index, ordinal)
    assert IDENTITY.place(resource_id) == Place(resource_type, index, ordinal)
    assert re.fullmatch(r"e[A-Za-z0-9.-]{23}", resource_id)


@given(TYPE, INDEX, ORDINAL, st.integers(1, 23), st.sampled_from("AZaz09.-"))
def test_an_altered_id_is_nobodys(resource_type: str, index: int, ordinal: int, at: int, letter: str) -> None:
    resource_id = IDENTITY.resource_id(resource_type, index, ordinal)
    altered = resource_id[:at] + letter + resource_id[at + 1 :]
    assert altered == resource_id or IDENTITY.place(altered) is None


@given(st.text(max_size=70))
def test_any_text_may_be_asked_for(text: str) -> None:
    assert IDENTITY.place(text) is None


def test_an_id_with_plus_or_slash_is_no_id() -> None:
    ids = [IDENTITY.resource_id("Patient", index) for index in range(200)]
    spelt = [i.replace(".", "+").replace("-", "/") for i in ids if "." in i or "-" in i]
    assert spelt
    assert all(IDENTITY.place(text) is None for text in spelt)


def test_another_seed_knows_none_of_our_ids() -> None:
    other = Identity(8)
    assert all(other.place(IDENTITY.resource_id("Patient", index)) is None for index in range(500))


@given(st.lists(st.tuples(TYPE, INDEX, ORDINAL), unique=True, min_size=2, max_size=50))
def test_different_places_have_different_ids(places: list[tuple[str, int, int]]) -> None:
    ids = {IDENTITY.resource_id(*place) for place in places}
    assert len(ids) == len(places)


def test_ids_of_neighbours_share_nothing_visible() -> None:
    ids = [IDENTITY.resource_id("Observation", 5, ordinal) for ordinal in range(300)]
    for at in range(1, 24):
        assert len({resource_id[at] for resource_id in ids}) > 40, f"character {at} hardly changes"


@settings(max_examples=50)
@given(st.integers(2, 1 << 40), st.data())
def test_a_permutation_undoes_itself_on_any_domain(domain: int, data: st.DataObject) -> None:
    permutation = Permutation(domain, b"key")
    value = data.draw(st.integers(0, domain - 1))
    image = permutation.forward(value)
    assert 0 <= image < domain
    assert permutation.backward(image) == value


@pytest.mark.parametrize("domain", [1, 2, 3, 97, 1000, 65537])
def test_a_permutation_reaches_everything_once(domain: int) -> None:
    permutation = Permutation(domain, b"key")
    assert sorted(map(permutation.forward, range(domain))) == list(range(domain))


@given(INDEX)
def test_mrn_is_read_back(index: int) -> None:
    mrn = IDENTITY.mrn(index)
    assert re.fullmatch(r"[5-9]\d{9}", mrn)
    assert IDENTITY.mrn_index(mrn) == index


@given(INDEX)
def test_former_mrn_belongs_to_nobody_now(index: int) -> None:
    found = IDENTITY.mrn_index(IDENTITY.former_mrn(index))
    assert found is not None
    assert found >= MAX_SIZE


@pytest.mark.parametrize("mrn", ["", "5", "4999999999", "50000000000", "500000000x", "\uff15" + "\uff10" * 9])
def test_what_is_no_mrn(mrn: str) -> None:
    assert IDENTITY.mrn_index(mrn) is None


@given(INDEX)
def test_ssn_was_never_issued(index: int) -> None:
    area, group, serial = map(int, IDENTITY.ssn(index).split("-"))
    assert 900 <= area <= 999
    assert 1 <= group <= 49
    assert 1 <= serial <= 9999


def test_numbers_are_unique() -> None:
    many = range(0, 3_000_000, 150)
    assert len({IDENTITY.mrn(index) for index in many}) == len(many)
    assert len({IDENTITY.ssn(index) for index in many}) == len(many)
