"""Bulk export of a group: kick-off, progress, manifest, files, window and deletion, on the clock of the EHR."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from mock_ehr.clients import parse_client
from mock_ehr.groups import Group
from mock_ehr.message import Request
from mock_ehr.store import Record
from tests.mock_ehr.conftest import BASE, JSON, PUBLIC

GROUP = "eGroup"


def make_group(desk: Any, size: int = 3, name: str = GROUP) -> list[str]:
    members = [desk.state.store.population.chart(index).id for index in range(size)]
    desk.state.groups[name] = Group(name, name, tuple(members))
    return members


def kick(desk: Any, query: str = "", name: str = GROUP, token: str | None = None, **headers: str | None) -> Any:
    sent = {"accept": JSON, "prefer": "respond-async", "authorization": f"Bearer {token or desk.token}"} | headers
    good = {key: value for key, value in sent.items() if value is not None}
    return desk.send(Request("GET", f"{BASE}/Group/{name}/$export", query, good))


def at(desk: Any, address: str, method: str = "GET", token: str | None = None) -> Any:
    headers = {"accept": JSON, "authorization": f"Bearer {token or desk.token}"}
    return desk.send(Request(method, address.removeprefix(PUBLIC), "", headers))


def export(desk: Any, query: str = "", name: str = GROUP) -> Any:
    """The manifest of an export that was waited for."""
    place = kick(desk, query, name).headers["content-location"]
    desk.state.clock.advance(2)
    seen = at(desk, place)
    assert seen.status == 200, seen
    return seen.json()


def rows(desk: Any, listed: list[dict[str, str]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in listed:
        seen = at(desk, row["url"])
        assert (seen.status, seen.headers["content-type"]) == (200, "application/fhir+ndjson")
        assert seen.body.endswith(b"\n")
        lines = [json.loads(line) for line in seen.body.splitlines()]
        assert {line["resourceType"] for line in lines} == {row["type"]}
        found.setdefault(row["type"], []).extend(lines)
    return found


def error_codes(desk: Any, manifest: Any) -> list[str]:
    told = rows(desk, manifest["error"]).get("OperationOutcome", [])
    return [issue["details"]["coding"][0]["code"] for outcome in told for issue in outcome["issue"]]


def test_an_export_from_kick_off_to_files(desk: Any) -> None:
    members = make_group(desk)
    seen = kick(desk)
    place = seen.headers["content-location"]
    assert (seen.status, seen.body) == (202, b"")
    assert re.fullmatch(r"http://ehr\.test/FHIR/api/FHIR/BulkRequest/[0-9A-F]{32}", place)
    desk.state.clock.advance(1)
    poll = at(desk, place)
    assert (poll.status, poll.body, poll.headers["retry-after"]) == (202, b"", "120")
    assert poll.headers["x-progress"] == "Searched 1 of 3 patients"
    desk.state.clock.advance(1)
    done = at(desk, place)
    manifest = done.json()
    assert (done.status, done.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert parsedate_to_datetime(done.headers["expires"]).timestamp() == desk.ticker.now + 14 * 86_400
    assert list(manifest) == ["transactionTime", "request", "requiresAccessToken", "output", "error"]
    assert manifest["requiresAccessToken"] == "true"
    assert manifest["transactionTime"] == "2027-01-15T08:00:00Z"
    assert manifest["request"] == f"{PUBLIC}{BASE}/Group/{GROUP}/$export"
    assert manifest["error"] == []
    found = rows(desk, manifest["output"])
    assert [patient["id"] for patient in found["Patient"]] == members
    expected = {record.id for one in members for record in desk.state.store.of_patient(one, "Observation")}
    assert {row["id"] for row in found["Observation"]} == expected
    assert not {"Binary", "Provenance"} & found.keys()
    assert {row["id"] for row in found["Practitioner"]}
    entry = next(entry for entry in desk.journal() if entry["path"].endswith("$export"))
    assert entry["patients"] == members


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"prefer": None}, 400),
        ({"prefer": "return=minimal"}, 400),
        ({"prefer": "handling=lenient, respond-async"}, 202),
        ({"accept": None}, 400),
        ({"accept": "application/json"}, 400),
        ({"accept": "application/fhir+xml"}, 400),
    ],
)
def test_the_headers_of_a_kick_off(desk: Any, headers: dict[str, Any], status: int) -> None:
    make_group(desk)
    seen = kick(desk, **headers)
    assert seen.status == status
    assert status == 202 or b"59108" in seen.body


def test_the_headers_are_a_switch(desk_with: Any) -> None:
    desk = desk_with(bulk_headers_required=False)
    make_group(desk)
    assert kick(desk, prefer=None, accept=None).status == 202


def test_an_unknown_group_is_not_found(desk: Any) -> None:
    seen = kick(desk)
    assert (seen.status, seen.codes()) == (404, ["59008"])


def test_the_sites_own_groups(desk: Any) -> None:
    sizes = sorted(len(group.members) for group in desk.state.groups.values())
    assert sizes == [2, 10, 40]
    smallest = min(desk.state.groups.values(), key=lambda group: len(group.members))
    assert [row["id"] for row in rows(desk, export(desk, "_type=Patient", smallest.id)["output"])["Patient"]] == list(
        smallest.members
    )
    desk.state.groups.clear()
    desk.state.reset()
    assert sorted(len(group.members) for group in desk.state.groups.values()) == sizes


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/$export", "GET", 404),
        ("/Patient/$export", "GET", 404),
        ("/Group/$export", "GET", 404),
        (f"/Group/{GROUP}/$export", "POST", 405),
    ],
)
def test_only_groups_are_exported_and_only_by_get(desk: Any, path: str, method: str, status: int) -> None:
    make_group(desk)
    seen = at(desk, BASE + path, method)
    assert (seen.status, seen.headers["content-type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize("switch", [400, 429])
def test_the_same_client_waits_a_day_for_the_same_group(desk_with: Any, switch: int) -> None:
    desk = desk_with(bulk_repeat_status=switch)
    make_group(desk)
    make_group(desk, 1, "eOther")
    desk.register("other")
    other = desk.log_in("other")
    assert kick(desk).status == 202
    desk.state.clock.advance(86_399)
    again = kick(desk, token=desk.log_in("gw"))
    assert (again.status, again.codes()) == (switch, ["59159"])
    assert kick(desk, name="eOther", token=desk.log_in("gw")).status == 202
    assert kick(desk, token=desk.log_in("other")).status == 202
    desk.state.clock.advance(1)
    assert kick(desk, token=desk.log_in("gw")).status == 202
    assert other


def test_a_refused_kick_off_does_not_count(desk: Any) -> None:
    make_group(desk)
    assert kick(desk, prefer=None).status == 400
    assert kick(desk).status == 202


def test_deleting_ends_it_and_an_unfinished_one_does_not_count(desk: Any) -> None:
    make_group(desk)
    place = kick(desk).headers["content-location"]
    seen = at(desk, place, "DELETE")
    assert (seen.status, seen.body) == (202, b"")
    assert (at(desk, place).status, at(desk, place, "DELETE").status) == (404, 404)
    manifest = export(desk)
    place = manifest["output"][0]["url"].rpartition("/")[0]
    assert at(desk, place, "DELETE").status == 202
    assert at(desk, manifest["output"][0]["url"]).status == 404
    assert kick(desk).status == 400


def test_only_the_client_that_asked_gets_the_files(desk: Any) -> None:
    make_group(desk)
    manifest = export(desk)
    desk.register("other")
    other = desk.log_in("other")
    url = manifest["output"][0]["url"]
    for address in (url, url.rpartition("/")[0]):
        seen = at(desk, address, token=other)
        assert (seen.status, seen.codes()) == (403, ["59007"])
    assert at(desk, url.rpartition("/")[0], "DELETE", other).status == 403
    assert at(desk, url, token="nobody").status == 401
    assert at(desk, url, token=desk.log_in("gw")).status == 200


def test_files_are_kept_for_14_days(desk: Any) -> None:
    make_group(desk)
    url = export(desk)["output"][0]["url"]
    desk.state.clock.advance(14 * 86_400 - 3)
    assert at(desk, url, token=desk.log_in("gw")).status == 200
    desk.state.clock.advance(1)
    assert at(desk, url, token=desk.log_in("gw")).status == 404


def test_unknown_requests_and_files(desk: Any) -> None:
    make_group(desk)
    place = export(desk)["output"][0]["url"].rpartition("/")[0]
    assert at(desk, f"{place}/eUnknown").codes() == ["59008"]
    assert at(desk, f"{PUBLIC}/FHIR/api/FHIR/BulkRequest/{'0' * 32}").status == 404
    assert at(desk, place, "PUT").status == 405
    assert at(desk, f"{place}/a/b").headers["content-type"].startswith("text/html")


def test_files_are_split(desk_with: Any) -> None:
    desk = desk_with(bulk_file_resources=10)
    members = make_group(desk)
    output = export(desk, "_type=Observation")["output"]
    expected = sum(len(desk.state.store.of_patient(one, "Observation")) for one in members)
    sizes = [at(desk, row["url"]).body.count(b"\n") for row in output]
    assert sizes[:-1] == [10] * (len(sizes) - 1)
    assert sum(sizes) == expected
    assert len({row["url"] for row in output}) == len(output)


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("_type=Patient,Condition", {"Patient", "Condition"}),
        ("_type=patient,condition", {"Patient", "Condition"}),
        ("_type=Patient&_type=Condition", {"Patient", "Condition"}),
        ("_type=Binary", {"Binary"}),
        ("_type=Patient&includeAssociatedData=LatestProvenanceResources", {"Patient", "Provenance"}),
        ("_type=MedicationRequest,Practitioner", {"MedicationRequest", "Practitioner"}),
    ],
)
def test_types(desk: Any, query: str, types: set[str]) -> None:
    make_group(desk)
    manifest = export(desk, query)
    assert {row["type"] for row in manifest["output"]} == types
    assert manifest["error"] == []


@pytest.mark.parametrize(
    ("query", "codes", "types"),
    [
        ("_type=Patient&_since=2026-01-01T00:00:00Z", ["59100"], {"Patient"}),
        ("_type=Patient&_outputFormat=csv", ["59100"], {"Patient"}),
        ("_type=Patient&_outputFormat=application/fhir%2Bndjson", [], {"Patient"}),
        ("_type=Patient&includeAssociatedData=Everything", ["59100"], {"Patient"}),
        ("_type=Patient,Pateint", ["59136"], {"Patient"}),
        ("_type=Slot", ["59136"], set()),
        ("_type=Patient&_typeFilter=Condition?category=problem-list-item", ["59100"], {"Patient"}),
        ("_type=Patient,Condition&_typeFilter=Condition%3Fcategory=rubbish", ["59111"], {"Patient"}),
        ("_type=Patient,Condition&_typeFilter=Condition%3F_sort=x", ["59100"], {"Patient"}),
    ],
)
def test_what_cannot_be_exported_is_in_the_error_file(desk: Any, query: str, codes: list[str], types: set[str]) -> None:
    make_group(desk)
    manifest = export(desk, query)
    assert error_codes(desk, manifest) == codes
    assert {row["type"] for row in manifest["output"]} == types


def test_unknown_parameters_may_be_refused(desk_with: Any) -> None:
    desk = desk_with(bulk_unknown_parameter="refused")
    make_group(desk)
    seen = kick(desk, "_since=2026-01-01")
    assert (seen.status, seen.codes(), seen.json()["issue"][0]["severity"]) == (400, ["59100"], "fatal")


def test_patient_alone_may_fail(desk_with: Any) -> None:
    desk = desk_with(bulk_lone_patient_fails=True)
    make_group(desk)
    manifest = export(desk, "_type=Patient")
    assert (manifest["output"], error_codes(desk, manifest)) == ([], ["59159"])


def test_what_the_client_is_not_registered_for(desk: Any) -> None:
    make_group(desk)
    desk.register("gw", scopes=["system/*.*"], apis=["system/Patient.read", "system/Group.read"])
    manifest = export(desk, "_type=Patient,Condition")
    assert error_codes(desk, manifest) == ["59130"]
    assert {row["type"] for row in manifest["output"]} == {"Patient"}
    desk.state.clock.advance(86_400)
    desk.token = desk.log_in("gw")
    assert {row["type"] for row in export(desk)["output"]} == {"Patient"}
    desk.register("gw", scopes=["system/*.*"], apis=["system/Patient.read"])
    seen = kick(desk)
    assert (seen.status, seen.body) == (403, b"")


def test_filters_are_searches_and_several_are_alternatives(desk: Any) -> None:
    members = make_group(desk)
    vitals, labs = "Observation?category=vital-signs", "Observation?category=laboratory%26date=ge2024"

    def ids(query: str) -> set[str]:
        return {row for one in members for row in desk.get(f"Observation?patient={one}&{query}").ids()}

    some = rows(desk, export(desk, f"_type=Observation&_typeFilter={vitals}")["output"])["Observation"]
    assert {row["id"] for row in some} == ids("category=vital-signs")
    desk.state.clock.advance(86_400)
    desk.token = desk.log_in("gw")
    both = rows(desk, export(desk, f"_type=Observation&_typeFilter={vitals},{labs}")["output"])["Observation"]
    assert {row["id"] for row in both} == ids("category=vital-signs") | ids("category=laboratory&date=ge2024")


def test_a_comma_inside_a_filter_is_no_second_filter(desk: Any) -> None:
    make_group(desk)
    query = "_type=Observation&_typeFilter=Observation%3Fcategory=vital-signs,laboratory"
    manifest = export(desk, query)
    assert manifest["error"] == []
    assert manifest["output"]


def test_sub_types_that_are_withheld_are_left_out_and_told(desk_with: Any) -> None:
    desk = desk_with(withheld_subtypes=("Condition.problem-list-item",))
    make_group(desk)
    manifest = export(desk, "_type=Condition,Patient")
    found = rows(desk, manifest["output"]).get("Condition", [])
    assert not any("problem-list-item" in json.dumps(row["category"]) for row in found)
    assert error_codes(desk, manifest) == ["59204"]


def test_held_protected_and_merged_patients(desk: Any) -> None:
    members = make_group(desk)
    body = {"resourceType": "AllergyIntolerance", "id": "eHeld", "patient": {"reference": f"Patient/{members[0]}"}}
    desk.state.store.add(Record("AllergyIntolerance", "eHeld", members[0], json.dumps(body).encode(), held=True))
    desk.state.protected[members[1]] = "restricted"
    desk.state.store.merge(members[2], members[0])
    manifest = export(desk)
    found = rows(desk, manifest["output"])
    assert [row["id"] for row in found["Patient"]] == [members[0]]
    assert "eHeld" not in {row["id"] for row in found["AllergyIntolerance"]}
    assert error_codes(desk, manifest) == ["4131"]


def test_written_data_and_line_ends(desk: Any) -> None:
    members = make_group(desk, 1)
    body = {"resourceType": "Condition", "id": "eNew", "subject": {"reference": f"Patient/{members[0]}"}}
    desk.state.store.add(Record("Condition", "eNew", members[0], json.dumps(body, indent=1).encode(), written=True))
    found = rows(desk, export(desk, "_type=Condition")["output"])["Condition"]
    assert "eNew" in {row["id"] for row in found}


def test_reset_forgets_requests_and_windows(desk: Any) -> None:
    make_group(desk)
    place = kick(desk).headers["content-location"]
    desk.state.reset(["vendor"])
    make_group(desk)
    assert at(desk, place).status == 404
    assert kick(desk).status == 202


def test_no_retry_after_and_no_expires(desk_with: Any) -> None:
    desk = desk_with(bulk_retry_after_s=0, bulk_expires=False, bulk_duration_s=60.0)
    make_group(desk)
    place = kick(desk).headers["content-location"]
    assert "retry-after" not in at(desk, place).headers
    desk.state.clock.advance(60)
    assert "expires" not in at(desk, place).headers


def test_a_client_that_is_gone_cannot_go_on(desk: Any) -> None:
    make_group(desk)
    place = kick(desk).headers["content-location"]
    desk.state.clients["gw"] = parse_client("gw", {"client_secret": "x", "scopes": ["system/Patient.read"]})
    assert at(desk, place).status == 403
