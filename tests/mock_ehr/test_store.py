"""The store: charts on demand, few of them kept, the directory, and changes laid over both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mock_ehr.search import PARAMETERS, criterion
from mock_ehr.store import ChartLike, Record, Store
from synthetic.population import Population


def plain(chart: ChartLike) -> Iterator[Record]:
    return (Record(paper.type, paper.id, chart.id, paper.json) for paper in chart.resources)


def condition(name: str, patient: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": name, "subject": {"reference": f"Patient/{patient}"}} | more


@pytest.fixture
def charts(shelf: Any) -> Any:
    return shelf(
        [
            [
                {"resourceType": "Patient", "id": f"p{n}"},
                condition(f"c{n}", f"p{n}"),
                condition(f"d{n}", f"p{n}"),
            ]
            for n in range(5)
        ],
        [
            {"resourceType": "Practitioner", "id": "dr1"},
            {"resourceType": "Practitioner", "id": "dr2"},
            {"resourceType": "Location", "id": "dr1"},
        ],
    )


@pytest.fixture
def store(charts: Any) -> Store:
    return Store(charts, plain)


def ids(records: Any) -> list[str]:
    return [record.id for record in records]


def record_of(body: dict[str, Any], patient: str, **more: Any) -> Record:
    return Record(body["resourceType"], body["id"], patient, json.dumps(body).encode(), **more)


def test_a_chart_is_generated_when_somebody_asks_and_then_kept(charts: Any) -> None:
    store = Store(charts, plain)
    assert charts.generated == []
    for _ in range(3):
        assert store.find("Condition", "c2").patient == "p2"  # type: ignore[union-attr]
        assert ids(store.of_patient("p2", "Condition")) == ["c2", "d2"]
    assert charts.generated == [2]


def test_the_chart_used_longest_ago_goes_first(charts: Any) -> None:
    store = Store(charts, plain, keep_bytes=2 * 3 * 1300)
    for name in ("p0", "p1", "p0", "p2", "p0", "p1"):
        assert store.find("Patient", name) is not None
    assert charts.generated == [0, 1, 2, 1]
    assert ids(store.of_patient("p2", "Condition")) == ["c2", "d2"]


def test_one_chart_is_kept_however_large_it_is(charts: Any) -> None:
    store = Store(charts, plain, keep_bytes=1)
    assert [ids(store.of_patient(name, "Condition")) for name in ("p0", "p1")] == [["c0", "d0"], ["c1", "d1"]]
    assert store.find("Condition", "d1") is store.find("Condition", "d1")


@pytest.mark.parametrize(("kind", "name"), [("Patient", "x"), ("Patient", "c1"), ("Condition", "p1"), ("", "")])
def test_finds_nothing_under_another_type_or_id(store: Store, kind: str, name: str) -> None:
    assert store.find(kind, name) is None
    assert not store.removed(kind, name)


def test_an_id_of_the_right_shape_that_its_chart_lacks_is_not_found(charts: Any) -> None:
    charts.locate = lambda _type, _id: 1
    assert Store(charts, plain).find("Condition", "never") is None


def test_an_unknown_patient_has_nothing(store: Store) -> None:
    assert store.of_patient("x", "Condition") == []


def test_the_directory_is_found_and_listed(store: Store) -> None:
    found = store.find("Practitioner", "dr1")
    assert found is not None
    assert (found.patient, found.body()) == ("", {"resourceType": "Practitioner", "id": "dr1"})
    assert store.find("Practitioner", "dr1") is found
    assert ids(store.of_type("Practitioner")) == ["dr1", "dr2"]
    assert ids(store.of_type("Condition")) == []
    assert store.find("Organization", "dr1") is None


def test_a_vendor_dresses_the_directory(charts: Any) -> None:
    store = Store(charts, plain, lambda entry: Record(entry.type, entry.id, "", b"dressed"))
    assert [record.json for record in store.of_type("Location")] == [b"dressed"]
    assert store.find("Practitioner", "dr2").json == b"dressed"  # type: ignore[union-attr]


def test_the_population_s_directory_is_served() -> None:
    store = Store(Population(7, 30), plain)
    for kind in ("Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "Schedule"):
        first = next(store.of_type(kind))
        assert store.find(kind, first.id).json == first.json  # type: ignore[union-attr]
    slot = next(store.of_type("Slot"))
    assert store.find("Slot", slot.id).body()["resourceType"] == "Slot"  # type: ignore[union-attr]


def test_changes_to_the_directory_show_in_it(store: Store) -> None:
    store.remove("Practitioner", "dr1")
    store.put(record_of({"resourceType": "Practitioner", "id": "dr2", "active": False}, ""))
    store.put(record_of({"resourceType": "Practitioner", "id": "dr3"}, ""))
    store.put(record_of({"resourceType": "Group", "id": "g"}, ""))
    assert [(record.id, record.version) for record in store.of_type("Practitioner")] == [("dr2", 2), ("dr3", 1)]
    assert ids(store.of_type("Group")) == ["g"]
    assert ids(store.of_type("Location")) == ["dr1"]


def test_written_records_come_last_and_can_be_forgotten(charts: Any) -> None:
    store = Store(charts, plain, keep_bytes=1)
    store.add(Record("Condition", "w1", "p1", b"{}", written=True))
    store.find("Patient", "p3")
    assert ids(store.of_patient("p1", "Condition")) == ["c1", "d1", "w1"]
    assert store.find("Condition", "w1") is not None
    assert ids(store.written()) == ["w1"]
    store.reset()
    assert store.find("Condition", "w1") is None
    assert ids(store.of_patient("p1", "Condition")) == ["c1", "d1"]


def test_a_put_replaces_in_place_and_counts_versions(store: Store) -> None:
    before = store.find("Condition", "c1")
    assert before is not None
    for number in (2, 3):
        made = store.put(replace(before, json=b'{"n":%d}' % number))
        assert (made.version, store.find("Condition", "c1")) == (number, made)
    assert [record.json for record in store.of_patient("p1", "Condition")] == [
        b'{"n":3}',
        store.find("Condition", "d1").json,
    ]  # type: ignore[union-attr]
    assert before.version == 1
    assert store.previous("Condition", "c1").version == 2  # type: ignore[union-attr]
    assert [record.version for record in store.history("Condition", "c1")] == [1, 2, 3]
    assert ids(store.written()) == []
    assert ids(store.changed("Condition")) == ["c1"]
    assert (store.is_changed("Condition", "c1"), store.is_changed("Condition", "d1")) == (True, False)


def test_removed_is_not_the_same_as_never_there(store: Store) -> None:
    assert store.remove("Condition", "c1")
    assert not store.remove("Condition", "c1")
    assert not store.remove("Condition", "never")
    assert store.find("Condition", "c1") is None
    assert (store.removed("Condition", "c1"), store.removed("Condition", "never")) == (True, False)
    assert ids(store.of_patient("p1", "Condition")) == ["d1"]
    assert [record.version for record in store.history("Condition", "c1")] == [1]
    again = store.put(record_of(condition("c1", "p1"), "p1"))
    assert (again.version, store.removed("Condition", "c1")) == (2, False)


def test_changes_are_undone_one_by_one(store: Store) -> None:
    original = store.find("Condition", "c1")
    store.put(record_of(condition("c1", "p1", n=2), "p1"))
    store.remove("Condition", "c1")
    store.put(record_of(condition("new", "p1"), "p1"))
    assert [store.revert("Condition", "c1") for _ in range(3)] == [True, True, False]
    assert store.find("Condition", "c1") is original
    assert not store.is_changed("Condition", "c1")
    assert store.revert("Condition", "new")
    assert store.find("Condition", "new") is None
    assert not store.removed("Condition", "new")
    assert ids(store.changed("Condition")) == []
    assert ids(store.of_patient("p1", "Condition")) == ["c1", "d1"]


def test_a_record_that_names_another_patient_moves_to_that_chart(store: Store) -> None:
    store.put(record_of(condition("c1", "p2"), "p2"))
    assert ids(store.of_patient("p1", "Condition")) == ["d1"]
    assert ids(store.of_patient("p2", "Condition")) == ["c2", "d2", "c1"]
    assert store.revert("Condition", "c1")
    assert ids(store.of_patient("p1", "Condition")) == ["c1", "d1"]
    assert ids(store.of_patient("p2", "Condition")) == ["c2", "d2"]


def test_search_values_follow_a_change(store: Store) -> None:
    code = criterion(PARAMETERS["Condition"]["code"], "new")
    assert code.select(store.of_patient("p1", "Condition")) == []
    store.put(record_of(condition("c1", "p1", code={"coding": [{"code": "new"}]}), "p1"))
    assert ids(code.select(store.of_patient("p1", "Condition"))) == ["c1"]
    found = store.find("Condition", "c1")
    assert found is not None
    store.put(replace(found, json=json.dumps(condition("c1", "p1")).encode()))
    assert code.select(store.of_patient("p1", "Condition")) == []


def test_a_merge_moves_everything_and_leaves_the_loser_inactive(store: Store) -> None:
    store.add(record_of(condition("w", "p1"), "p1", written=True))
    store.merge("p1", "p3")
    assert ids(store.of_patient("p3", "Condition")) == ["c3", "d3", "c1", "d1", "w"]
    assert store.of_patient("p1", "Condition") == []
    assert all(record.body()["subject"]["reference"] == "Patient/p3" for record in store.of_patient("p3", "Condition"))
    assert (store.merged_into("p1"), store.merged_into("p3")) == ("p3", "")
    loser, survivor = store.patient_at(1), store.patient_at(3)
    assert loser is not None
    assert survivor is not None
    assert loser.body()["active"] is False
    assert loser.body()["link"] == [{"other": {"reference": "Patient/p3"}, "type": "replaced-by"}]
    assert survivor.body()["link"] == [{"other": {"reference": "Patient/p1"}, "type": "replaces"}]
    assert ids(store.written()) == ["w"]


def test_merges_chain(store: Store) -> None:
    store.merge("p1", "p2")
    store.merge("p2", "p4")
    assert store.merged_into("p1") == "p4"
    assert ids(store.of_patient("p4", "Condition")) == ["c4", "d4", "c2", "d2", "c1", "d1"]


@pytest.mark.parametrize(
    ("loser", "survivor", "error"),
    [("x", "p1", LookupError), ("p1", "x", LookupError), ("p1", "p1", ValueError), ("p0", "p1", ValueError)],
)
def test_refuses_a_merge_that_makes_no_sense(store: Store, loser: str, survivor: str, error: type[Exception]) -> None:
    store.merge("p0", "p4")
    with pytest.raises(error):
        store.merge(loser, survivor)


CHANGES: list[Callable[[Store], Any]] = [
    lambda store: store.add(record_of(condition("w", "p1"), "p1")),
    lambda store: store.put(record_of(condition("c1", "p1", n=1), "p1")),
    lambda store: store.remove("Condition", "c1"),
    lambda store: store.merge("p1", "p2"),
]


@pytest.mark.parametrize("change", CHANGES, ids=["add", "put", "remove", "merge"])
def test_reset_undoes_every_change(store: Store, change: Callable[[Store], Any]) -> None:
    def state() -> list[Any]:
        found = [store.find("Condition", name) for name in ("c1", "w")]
        listed = [ids(store.of_patient(name, "Condition")) for name in ("p1", "p2")]
        return [found, listed, store.patient_at(1), store.merged_into("p1"), store.history("Condition", "c1")]

    before = state()
    change(store)
    assert state() != before
    store.reset()
    assert state() == before
    assert not store.is_changed("Condition", "c1")


def test_a_patient_of_its_own_can_be_added(store: Store) -> None:
    store.put(record_of({"resourceType": "Patient", "id": "new"}, "new"))
    store.put(record_of(condition("n1", "new"), "new"))
    assert ids(store.of_patient("new", "Condition")) == ["n1"]
    assert ids(store.of_patient("new", "Patient")) == ["new"]


def test_neighbours_go_around_the_end(store: Store, shelf: Any) -> None:
    assert (store.neighbour("p0", 1), store.neighbour("p4", 1), store.neighbour("p1", 3)) == ("p1", "p0", "p4")
    alone = Store(shelf([[{"resourceType": "Patient", "id": "p"}]]), plain)
    assert alone.neighbour("p", 1) == ""
