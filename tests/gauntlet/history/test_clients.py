import json

import pytest

from gauntlet.answer import Answer
from gauntlet.errors import NoAnswer
from gauntlet.history.checker import violations
from gauntlet.history.clients import Clients, note_of, status_of
from gauntlet.history.operation import History, Kind, Status
from gauntlet.history.workload import Step
from synthetic.population import Population

CHART = Population(7, 200).chart(3)


@pytest.mark.parametrize(
    ("code", "status"),
    [(201, "ok"), (200, "ok"), (400, "fail"), (412, "fail"), (429, "fail"), (409, "unknown"), (502, "unknown")],
)
def test_what_an_answer_says_about_a_write(code, status):
    assert status_of(Answer("POST x", code, {}, b"", 0.1)) is Status(status)


class Store:
    """A gateway and its EHR in one: keeps what is created and updated, and loses answers when told to."""

    def __init__(self):
        self.records, self.keys, self.lost = {}, {}, 0

    def create(self, resource_type, body, headers):
        key = headers["Key"]
        if "no-such-status" in body.decode():
            return self.answer(422)
        if key not in self.keys:
            self.keys[key] = f"id{len(self.records)}"
            self.records[self.keys[key]] = {**json.loads(body), "id": self.keys[key]}
        if self.lost:
            self.lost -= 1
            raise NoAnswer("lost")
        return self.answer(201, location=f"http://g/{resource_type}/{self.keys[key]}")

    def read(self, _resource_type, resource_id):
        record = self.records[resource_id]
        return self.answer(200, json.dumps(record).encode(), etag=f'W/"{note_of(record)}"')

    def send(self, _method, path, body, headers):
        resource_id = path.rpartition("/")[2]
        if headers["If-Match"] != f'W/"{note_of(self.records[resource_id])}"':
            return self.answer(412)
        self.records[resource_id] = json.loads(body)
        return self.answer(200)

    def written(self, resource_type, _patient):
        return [{"resource": item} for item in self.records.values() if item["resourceType"] == resource_type]

    def answer(self, status, body=b"", **headers):
        return Answer("x", status, headers, body, 0.1)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def clients(store):
    return Clients([store, store], [CHART], ["Observation"], ["Observation"], lambda record: {"Key": record})


def create(record, client=0, **options):
    return Step(client, Kind.CREATE, record, f"{record}.0", **options)


def told(clients):
    return {item.value: item.status for item in clients.done}


def test_a_history_of_a_sound_store(clients, store):
    clients.carry_out([create("a"), create("b", 1), create("c", bad=True)])
    clients.carry_out([Step(0, Kind.UPDATE, "a", "a.1"), Step(0, Kind.UPDATE, "a", "a.2")])
    assert told(clients) == {
        "a.0": Status.OK,
        "b.0": Status.OK,
        "c.0": Status.FAIL,
        "a.1": Status.OK,
        "a.2": Status.OK,
    }
    assert [item.based_on for item in clients.done if item.kind is Kind.UPDATE] == ["a.0", "a.1"]
    history = History(1, tuple(clients.done), tuple(clients.held(store)))
    assert {item.record: item.value for item in history.held} == {"a": "a.2", "b": "b.0"}
    assert violations(history) == []


def test_a_lost_answer_is_asked_for_again(clients, store):
    store.lost = 1
    clients.carry_out([create("a")])
    assert told(clients) == {"a.0": Status.UNKNOWN}
    clients.ask_again()
    assert told(clients) == {"a.0": Status.OK}
    assert clients.done[0].location == "id0"
    assert len(store.records) == 1


def test_readings_are_of_different_moments(clients, store):
    clients.carry_out([create("a"), create("b"), create("c")])
    assert len({item["effectiveDateTime"] for item in store.records.values()}) == 3
