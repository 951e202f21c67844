"""Answers that stand: the same as those that are worked out anew, and gone with whatever they hang on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mock_ehr.facts import ClientCertificate
from mock_ehr.message import Request

KEY = re.compile(rb"sessionID=[0-9A-F-]+")
STALL = {"match": {"patient": "nobody"}, "behaviour": {"kind": "stall"}}
LIMIT = {"rate_per_s": 1000, "burst": 1000, "headers": ["ratelimit"]}


def paths(desk: Any) -> list[str]:
    """A read, a search with further pages, and one that has all on its page."""
    chart = desk.state.store.population.chart(0)
    condition = next(one for one in chart.resources if one.type == "Condition")
    return [
        f"Condition/{condition.id}",
        f"Observation?patient={chart.id}&category=laboratory,vital-signs&_count=2",
        f"Encounter?patient={chart.id}",
    ]


def request(desk: Any, path: str) -> Request:
    place, _, query = path.partition("?")
    headers = {"accept": "application/fhir+json", "authorization": f"Bearer {desk.token}"}
    return Request("GET", f"/FHIR/api/FHIR/R4/{place}", query, headers)


def kept(desk: Any, path: str) -> bytes | None:
    """The answer that stands, None when none does."""
    answer: bytes | None = desk.again(request(desk, path))
    return answer


def anew(desk: Any, path: str) -> bytes:
    """The answer as it is worked out."""
    outcome = desk.ehr.handle(request(desk, path))
    assert isinstance(outcome, bytes)
    return outcome


def alike(answer: bytes) -> bytes:
    """The answer without the key of its next page, which is another one each time."""
    return KEY.sub(b"sessionID=", answer)


def everything(desk: Any) -> list[str]:
    """Ask for everything once, so that it stands."""
    found = paths(desk)
    for path in found:
        assert desk.get(path).status == 200
        assert kept(desk, path) is not None, path
    return found


def test_are_the_same_as_worked_out_anew(desk: Any) -> None:
    for path in everything(desk):
        standing, other = kept(desk, path), anew(desk, path)
        assert standing is not None
        assert alike(standing) == alike(other)
        assert (standing == other) is ("_count" not in path)


def test_are_journalled_like_any_other(desk: Any) -> None:
    found = everything(desk)
    desk.state.journal.reset()
    for path in found:
        kept(desk, path)
        desk.ticker.now += 1.5
        anew(desk, path)
        first, second = desk.journal()[-2:]
        assert (second["seq"], second["started"]) == (first["seq"] + 1, first["started"] + 1.5)
        assert alike(first["response_body"].encode()) == alike(second["response_body"].encode())
        for entry in (first, second):
            del entry["seq"], entry["started"], entry["response_body"]
        assert first == second
    counters = desk.state.journal.counters()["exchanges"]
    assert (counters["read"], counters["search"], counters["answered"], counters["200"]) == (2, 4, 6, 6)


def test_their_next_links_lead_on_and_live_as_long_as_any(desk: Any) -> None:
    path = everything(desk)[1]
    desk.ticker.now += 100
    links = [desk.get(path).link("next") for _ in range(2)]
    assert links[0] != links[1]
    lifetime = desk.site.quirks.page_lifetime_s
    pages = [desk.get(link) for link in links]
    assert pages[0].ids() == pages[1].ids() != desk.get(path).ids()
    desk.ticker.now += lifetime - 1
    desk.token = desk.log_in("gw")
    assert desk.get(links[0]).status == 200
    desk.ticker.now += 2
    assert desk.get(links[0]).status == 400


def test_carry_the_date_of_the_clock(desk: Any) -> None:
    path = everything(desk)[0]
    before = desk.get(path).headers["date"]
    desk.state.clock.advance(60)
    assert kept(desk, path) is not None
    assert desk.get(path).headers["date"] != before


def change_record(desk: Any) -> None:
    record = desk.state.store.find("Condition", paths(desk)[0].rpartition("/")[2])
    desk.state.store.put(replace(record, json=record.json.replace(b'"id":', b'"language":"en","id":')))


def remove_record(desk: Any) -> None:
    desk.state.store.remove("Condition", paths(desk)[0].rpartition("/")[2])


def hold_record(desk: Any) -> None:
    record = desk.state.store.find("Condition", paths(desk)[0].rpartition("/")[2])
    desk.state.store.put(replace(record, held=True))


def add_record(desk: Any) -> None:
    encounter = desk.state.store.of_patient(desk.state.store.population.chart(0).id, "Encounter")[0]
    desk.state.store.add(replace(encounter, id="new", json=encounter.json.replace(encounter.id.encode(), b"new")))


def merge(desk: Any) -> None:
    population = desk.state.store.population
    desk.state.store.merge(population.chart(0).id, population.chart(1).id)


def protect(level: str) -> Callable[[Any], None]:
    def change(desk: Any) -> None:
        desk.state.protected[desk.state.store.population.chart(0).id] = level

    return change


def expire(desk: Any) -> None:
    desk.ticker.now += desk.state.tokens.lifetime_s


def withdraw(desk: Any) -> None:
    desk.state.tokens.expire(desk.state.tokens.find(desk.token))


def other_grants(desk: Any) -> None:
    desk.register("gw", apis=["system/Patient.read"])


def unregister(desk: Any) -> None:
    del desk.state.clients["gw"]


def move(desk: Any) -> None:
    desk.state.public_url = "http://elsewhere.test"


def limit(desk: Any) -> None:
    desk.state.throttle.configure(LIMIT)


def arm_outage(desk: Any) -> None:
    desk.state.faults.arm({"match": {"method": "GET"}, "behaviour": {"kind": "status", "status": 503}})


CHANGES = {
    "put": change_record,
    "removed": remove_record,
    "held": hold_record,
    "added": add_record,
    "merged": merge,
    "break-the-glass": protect("break-the-glass"),
    "restricted": protect("restricted"),
    "notice": protect("notice"),
    "expired": expire,
    "withdrawn": withdraw,
    "client": other_grants,
    "unregistered": unregister,
    "address": move,
    "limit": limit,
    "fault": arm_outage,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_none_stands_after_a_change(desk: Any, change: Callable[[Any], None]) -> None:
    found = everything(desk)
    before = {path: alike(anew(desk, path)) for path in found}
    change(desk)
    assert [kept(desk, path) for path in found] == [None] * 3
    answers = {path: desk.get(path) for path in found}
    for path, answer in answers.items():
        again = desk.send(request(desk, path))
        assert (again.status, alike(again.body)) == (answer.status, alike(answer.body))
    assert any(
        answer.status != 200 or alike(answer.body) not in before[path] or "ratelimit" in answer.headers
        for path, answer in answers.items()
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_kept_in_between_does_not_outlive_it(desk: Any, change: Callable[[Any], None]) -> None:
    found = everything(desk)
    before = {path: alike(anew(desk, path)).partition(b"\r\n\r\n")[2] for path in found}
    change(desk)
    for path in found * 2:
        desk.get(path)
    desk.state.reset()
    desk.state.public_url = "http://ehr.test"
    desk.register("gw")
    desk.token = desk.log_in("gw")
    for path in found * 2:
        assert alike(desk.get(path).body) == before[path]


def test_a_fault_that_is_about_somebody_else_costs_one_look(desk: Any) -> None:
    found = everything(desk)
    fault = desk.state.faults.arm(STALL)
    for path in found:
        assert kept(desk, path) is None
        desk.get(path)
        assert kept(desk, path) is not None
    desk.state.faults.disarm(fault.id)
    assert [kept(desk, path) for path in found] == [None] * 3


def test_a_fault_that_waits_or_is_used_up_still_counts_what_it_matches(desk: Any) -> None:
    found = everything(desk)
    desk.state.faults.arm({"match": {"first": 1}, "behaviour": {"kind": "status", "status": 503}})
    assert [desk.get(found[0]).status for _ in range(4)] == [503, 200, 200, 200]
    assert desk.state.faults.listing()[0]["matched"] == 4
    assert kept(desk, found[0]) is None


def test_a_registration_that_has_yet_to_spread_takes_effect_in_time(desk: Any) -> None:
    path = everything(desk)[0]
    desk.register("gw", apis=["system/Patient.read"], propagation_s=10)
    assert desk.get(path).status == 200
    assert kept(desk, path) is not None
    desk.ticker.now += 10
    assert kept(desk, path) is None
    assert desk.get(path).status == 403


def test_requests_that_are_counted_never_stand(desk_with: Any) -> None:
    desk = desk_with(daily_document_cap=3)
    chart = desk.state.store.population.chart(0)
    path = f"DocumentReference?patient={chart.id}"
    assert [desk.get(path).status for _ in range(5)][:3] == [200] * 3
    assert desk.get(path).status != 200


@pytest.mark.parametrize("path", ["metadata", "Patient/nobody", "Patient?family=Smith&given=A", "Encounter?patient=x"])
def test_other_answers_never_stand(desk: Any, path: str) -> None:
    desk.get(path)
    assert kept(desk, path) is None


def test_are_apart_by_headers_and_certificate(desk: Any) -> None:
    path = everything(desk)[0]
    other = replace(request(desk, path), certificate=ClientCertificate("gw", "thumb"))
    assert desk.again(other) is None
    assert desk.get(path, accept="application/fhir+xml").headers["content-type"].startswith("application/fhir+xml")
    assert desk.get(path, accept="application/fhir+xml").body.startswith(b"<")
    assert desk.get(path, token="other").status == 401
