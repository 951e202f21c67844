"""The store: charts on demand, few of them kept, written data on top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_ehr.store import ChartLike, Record, Store


def plain(chart: ChartLike) -> Iterator[Record]:
    return (Record(paper.type, paper.id, chart.id, paper.json) for paper in chart.resources)


@pytest.fixture
def charts(shelf: Any) -> Any:
    return shelf(
        [
            [
                {"resourceType": "Patient", "id": f"p{n}"},
                {"resourceType": "Condition", "id": f"c{n}"},
                {"resourceType": "Condition", "id": f"d{n}"},
            ]
            for n in range(5)
        ]
    )


def test_a_chart_is_generated_when_somebody_asks_and_then_kept(charts: Any) -> None:
    store = Store(charts, plain)
    assert charts.generated == []
    for _ in range(3):
        assert store.find("Condition", "c2").patient == "p2"  # type: ignore[union-attr]
        assert [record.id for record in store.of_patient("p2", "Condition")] == ["c2", "d2"]
    assert charts.generated == [2]


def test_the_chart_used_longest_ago_goes_first(charts: Any) -> None:
    store = Store(charts, plain, keep_charts=2)
    for name in ("p0", "p1", "p0", "p2", "p0", "p1"):
        assert store.find("Patient", name) is not None
    assert charts.generated == [0, 1, 2, 1]
    assert [record.id for record in store.of_patient("p2", "Condition")] == ["c2", "d2"]


@pytest.mark.parametrize(("kind", "name"), [("Patient", "x"), ("Patient", "c1"), ("Condition", "p1"), ("", "")])
def test_finds_nothing_under_another_type_or_id(charts: Any, kind: str, name: str) -> None:
    assert Store(charts, plain).find(kind, name) is None


def test_an_id_of_the_right_shape_that_its_chart_lacks_is_not_found(charts: Any) -> None:
    charts.locate = lambda _type, _id: 1
    assert Store(charts, plain).find("Condition", "never") is None


def test_an_unknown_patient_has_nothing(charts: Any) -> None:
    assert Store(charts, plain).of_patient("x", "Condition") == []


def test_written_records_come_last_and_can_be_forgotten(charts: Any) -> None:
    store = Store(charts, plain, keep_charts=1)
    store.add(Record("Condition", "w1", "p1", b"{}", written=True))
    store.find("Patient", "p3")
    assert [record.id for record in store.of_patient("p1", "Condition")] == ["c1", "d1", "w1"]
    assert store.find("Condition", "w1") is not None
    assert [record.id for record in store.written()] == ["w1"]
    store.reset()
    assert store.find("Condition", "w1") is None
    assert [record.id for record in store.of_patient("p1", "Condition")] == ["c1", "d1"]


def test_neighbours_go_around_the_end(charts: Any, shelf: Any) -> None:
    store = Store(charts, plain)
    assert (store.neighbour("p0", 1), store.neighbour("p4", 1), store.neighbour("p1", 3)) == ("p1", "p0", "p4")
    alone = Store(shelf([[{"resourceType": "Patient", "id": "p"}]]), plain)
    assert alone.neighbour("p", 1) == ""
