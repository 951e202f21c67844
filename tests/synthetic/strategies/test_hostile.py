from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from synthetic.edge_cases.wire_rules import wire_problems
from synthetic.population import Population, Resource
from synthetic.r4.rules import problems
from synthetic.strategies.hostile import VARIATIONS, Hostile, hostile_ids, hostile_resources, invalid_resources
from synthetic.strategies.search_rules import FHIR_ID

# Without the phase that explains a failure: it costs more than all others, and examples here are found on purpose.
SEARCH = (Phase.generate, Phase.shrink)
HOSPITAL = Population(7, 40)
quick = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    phases=SEARCH,
    suppress_health_check=list(HealthCheck),
)
few = settings(quick, max_examples=15)


def wrong(data: bytes, resource_type: str) -> bool:
    return bool(wire_problems(data) or problems(Resource(resource_type, "", data).body))


@quick
@given(hostile=hostile_resources(HOSPITAL))
def test_hostile_resources_are_hostile(hostile: Hostile) -> None:
    assert hostile.data != hostile.original.json
    assert not wrong(hostile.original.json, hostile.original.type)
    assert wrong(hostile.data, hostile.original.type), hostile.reason


@pytest.mark.parametrize("reason", VARIATIONS)
def test_every_variation_is_hostile(reason: str) -> None:
    @few
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        resource = data.draw(st.sampled_from(HOSPITAL.chart(0).resources))
        assert wrong(VARIATIONS[reason](data.draw, resource), resource.type)

    check()


@settings(quick, max_examples=30)
@given(hostile=invalid_resources(HOSPITAL))
def test_invalid_resources_are_invalid(hostile: Hostile) -> None:
    assert not wrong(hostile.original.json, hostile.original.type)
    assert wrong(hostile.data, hostile.original.type), hostile.reason


def test_invalid_resources_are_of_newer_types_too() -> None:
    def of_slot(hostile: Hostile) -> bool:
        return hostile.original.type == "Slot"

    found = find(invalid_resources(HOSPITAL), of_slot, settings=settings(quick, max_examples=3000))
    assert not wrong(found.original.json, "Slot")
    assert wrong(found.data, "Slot")
    assert found.reason == "slot-status-booked"


@quick
@given(text=hostile_ids())
def test_hostile_ids_are_none_or_dots(text: str) -> None:
    assume(text not in (".", ".."))  # FHIR ids by their letters, and steps of a path by their meaning

    assert FHIR_ID.fullmatch(text) is None


def test_hostile_resources_shrink_towards_the_first_patient() -> None:
    first = HOSPITAL.chart(0).patient

    found = find(hostile_resources(HOSPITAL, reasons=["truncated"]), lambda _found: True, settings=few)
    assert (found.original, found.data) == (first, first.json[:-1])
    byte = find(hostile_resources(HOSPITAL, reasons=["NUL byte"]), lambda _found: True, settings=few)
    assert byte.data == b"\0" + first.json
    assert find(hostile_ids(), lambda _text: True, settings=few) == ""
    assert "truncated" in repr(found)
    assert len(repr(Hostile(b"x" * 10**6, first, "large"))) < 3000
