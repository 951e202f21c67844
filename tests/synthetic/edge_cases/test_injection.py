from __future__ import annotations

import subprocess
import sys
from collections import Counter
from fractions import Fraction

import pytest

from synthetic.edge_cases.catalogue import chosen
from synthetic.edge_cases.injection import EdgeChart, with_edge_cases
from synthetic.population import Population

_DIGEST = """
import hashlib
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.population import Population
edges = with_edge_cases(Population(7, 60), 0.5, None, 3)
digest = {i: b"".join(r.json for r in edges.chart(i).resources) for i in reversed(range(8))}
print(hashlib.sha256(b"".join(digest[i] for i in range(8))).hexdigest())
"""


@pytest.mark.parametrize("share", [0, 0.01, 0.2, 1 / 3, "2/7", 0.99, 1])
def test_the_share_is_respected_in_every_beginning(share: float | str) -> None:
    edges = with_edge_cases(Population(7, 2000), share, seed=11)
    carrying = 0
    for index in range(2000):
        carrying += edges.case(index) is not None
        assert abs(carrying - (index + 1) * edges.share) < 1


def test_every_case_comes_once_a_lap() -> None:
    edges = with_edge_cases(Population(7, 5000), 0.5)
    lap = len(chosen(None))
    carried = [case.name for index in range(5000) if (case := edges.case(index))]

    first, second = carried[:lap], carried[lap : 2 * lap]
    assert Counter(first) == Counter(second) == Counter(case.name for case in chosen(None))
    assert first != second


def test_chart_and_truth_do_not_depend_on_order_or_size() -> None:
    small, large = (with_edge_cases(Population(7, size), 0.5, seed=3) for size in (40, 4000))

    for index in (12, 3, 25):
        assert small.chart(index).resources == large.chart(index).resources
        assert small.truth(index) == large.truth(index)


def test_another_seed_chooses_other_charts_or_cases() -> None:
    population = Population(7, 400)
    first, second = (with_edge_cases(population, 0.3, seed=seed) for seed in (1, 2))

    assert [first.case(index) for index in range(400)] != [second.case(index) for index in range(400)]


def test_another_process_makes_the_same_bytes() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        for seed in ("0", "77")
    ]

    assert len(runs[0].stdout) > 60
    assert runs[0].stdout == runs[1].stdout


def test_clean_charts_are_those_of_the_population() -> None:
    population = Population(7, 40)
    edges = with_edge_cases(population, 0.25, seed=5)

    for index in range(8):
        changed = edges.chart(index).resources != population.chart(index).resources
        assert changed == (edges.case(index) is not None) == bool(edges.truth(index))


def test_it_is_used_as_the_population_is() -> None:
    edges = with_edge_cases(Population(7, 40), 1, ["merged-twice"])
    chart = edges.chart(5)

    assert (edges.seed, edges.size, edges.today) == (7, 40, Population.today)
    assert len(chart.of_type("Patient")) == 3
    for record in chart.of_type("Patient"):
        assert edges.locate("Patient", record.id) == 5
        assert chart.find("Patient", record.id) is record
        for number in record.body["identifier"]:
            if number["use"] != "official":
                assert edges.locate_mrn(number["value"]) in (5, None)
    retired = chart.of_type("Patient")[1].body["identifier"][0]["value"]
    assert edges.locate_mrn(retired) == 5
    assert edges.locate_mrn(chart.mrn) == 5
    assert edges.locate_mrn("1234567890") is None
    assert Population(7, 40).locate_mrn(retired) is None
    assert with_edge_cases(Population(7, 40), 0, ["merged-twice"]).locate_mrn(retired) is None
    assert edges.directory().find("Practitioner", chart.patient.body["generalPractitioner"][0]["reference"][13:])
    with pytest.raises(IndexError):
        edges.chart(40)


def test_phi_has_the_texts_of_both_charts() -> None:
    population = Population(7, 40)
    chart = with_edge_cases(population, 1, ["arabic-name"]).chart(4)
    texts = {phi.text for phi in chart.phi()}

    assert isinstance(chart, EdgeChart)
    assert texts > {phi.text for phi in population.chart(4).phi()}
    assert "عبد الرحمن الخوارزمي" in texts


def test_a_population_of_one_has_strangers_too() -> None:
    edges = with_edge_cases(Population(7, 1), 1, ["result-of-another-patient"])
    subject = edges.truth(0)[0].truth["Observation.subject"]

    assert subject["reference"] != edges.chart(0).patient.reference


@pytest.mark.parametrize("share", [-0.1, 1.5, "3/2"])
def test_a_share_out_of_range(share: float | str) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        with_edge_cases(Population(7, 1), share)


def test_share_is_taken_as_written() -> None:
    assert with_edge_cases(Population(7, 1), 0.2).share == Fraction(1, 5)


def test_resources_of_shared_types_that_a_case_adds_are_found_in_their_chart() -> None:
    edges = with_edge_cases(Population(7, 40), 1, ["slot-overbooked"])
    chart = edges.chart(5)
    (calendar,), (slot,) = chart.of_type("Schedule"), chart.of_type("Slot")

    assert edges.locate("Schedule", calendar.id) == edges.locate("Slot", slot.id) == 5
    assert edges.locate("Slot", calendar.id) is None
    assert edges.locate("Slot", next(edges.directory().of_type("Slot")).id) is None
    assert edges.directory().find("Slot", slot.id) is None
