"""Every legal edge case as messages: they parse, carry the truth, or the coverage says which element they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from synthetic.edge_cases.case import Case, Family
from synthetic.edge_cases.catalogue import CASES
from synthetic.edge_cases.exact_json import same
from synthetic.edge_cases.injection import EdgePopulation, with_edge_cases
from synthetic.edge_cases.paths import value_at
from synthetic.population import Chart, Population
from synthetic.writers.coverage import leaves, not_carried
from synthetic.writers.hl7v2 import messages
from synthetic.writers.hl7v2_coverage import HL7V2
from tests.synthetic.writers.strict_hl7 import parse

POPULATION = Population(7, 60)
DIRECTORY = POPULATION.directory()
INDICES = (16,)  # who has died, and has of everything
LEGAL = [case for case in CASES.values() if case.family is Family.VALID and not case.by_name_only]
CLEAN = {index: POPULATION.chart(index) for index in INDICES}
CONTROL_ID = re.compile(rb"\|[0-9a-f]{20}\|")
# Retracting or ruling out is told by silence: the diagnosis is in no message.
UNSAID = {"Condition.verificationStatus.coding[0].code", "AllergyIntolerance.verificationStatus.coding[0].code"}
REDUCED = ("TS ", "NM ", "OBX-11 ", "PID-7 ")  # a value is told, and not all of it
# Times that are told as they were before, since their meaning is the same.
SAME_WHEN_TOLD = {"Observation.effectivePeriod.start"}
# Elements that messages have letter by letter, not as a code of a table of their own.
WRITTEN_OUT = re.compile(
    r"(name|address)\[\d+\]\.(family|given|line|city)|(identifier|component)\[\d+\]\.value$|note\[\d+\]\.text|valueString"
    r"|conclusion|valueQuantity.value"
)
cases = pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in LEGAL])


def told(chart: Chart) -> list[bytes]:
    """The messages of a chart without their control ids, which count messages."""
    return sorted(CONTROL_ID.sub(b"||", message.data, count=1) for message in messages(chart, DIRECTORY))


TOLD = {index: told(chart) for index, chart in CLEAN.items()}


def lost(population: EdgePopulation, index: int) -> Iterator[tuple[str, Any, str, Any]]:
    """Path, value, why it is not carried (empty: it is), and the value in the clean chart."""
    chart = population.chart(index)
    for injected in population.truth(index):
        resource = next(one for one in chart.resources if (one.type, one.id) == injected[1:3])
        reasons = not_carried(HL7V2, resource.body, chart.patient.body, injected.truth)
        before = CLEAN[index].find(*injected[1:3])
        for start, item in injected.truth.items():
            for path, value in leaves(item, start):
                element = path.partition(".")[2]
                known = None if before is None or element == "$bytes" else value_at(before.body, element)
                yield path, value, reasons.get(path, ""), known


@cases
def test_messages_carry_a_case_or_say_what_they_lose(case: Case) -> None:
    edges = with_edge_cases(POPULATION, 1, [case.name])
    for index in INDICES:
        found, after = list(lost(edges, index)), told(edges.chart(index))
        new = [path for path, value, why, known in found if not why and not same(value, known)]
        if all(why and not why.startswith(REDUCED) and path not in UNSAID for path, _, why, _ in found):
            assert after == TOLD[index] or is_new(edges, index)
        elif set(new) - SAME_WHEN_TOLD:
            assert after != TOLD[index], new


def is_new(edges: EdgePopulation, index: int) -> bool:
    """Whether a case adds a resource, which is told although the element in question is not."""
    return any(CLEAN[index].find(*injected[1:3]) is None for injected in edges.truth(index))


@cases
def test_texts_and_numbers_arrive_to_the_letter(case: Case) -> None:
    edges = with_edge_cases(POPULATION, 1, [case.name])
    for index in INDICES:
        text = "\n".join(every_text(edges.chart(index)))
        for path, value, why, _ in lost(edges, index):
            if not why and WRITTEN_OUT.search(path):
                number = getattr(value, "number", value)
                assert (format(number, "f") if isinstance(number, Decimal) else str(value)) in text, path


def every_text(chart: Chart) -> Iterator[str]:
    for message in messages(chart, DIRECTORY):
        for segment in parse(message.data).segments:
            for number in range(3 if segment.name == "MSH" else 1, len(segment.fields) + 1):
                for repetition in segment.value(number):
                    yield from (part for component in repetition for part in component)


def test_what_messages_lose_is_named() -> None:
    edges = with_edge_cases(POPULATION, 1, ["three-codings"])
    reasons = {path: why for path, _, why, _ in lost(edges, 16) if why}

    assert reasons["Observation.code.coding[2].code"] == "CE has room for two codings"
    assert reasons["Observation.code.coding[0].userSelected"].endswith(
        "has no place for Observation.code.coding.userSelected"
    )
    assert "Observation.code.coding[1].code" not in reasons
    orders = with_edge_cases(POPULATION, 1, ["order-on-hold"])
    assert {why for _, _, why, _ in lost(orders, 16)} == {"HL7 v2.5.1 has no place for MedicationRequest"}
