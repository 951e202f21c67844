"""Unity rows against the chart they are made of."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import pytest

from synthetic.chart import Chart
from synthetic.population import Population
from synthetic.writers.unity import TIDY, Quirks, unity_answer, unity_document, unity_rows

COLUMNS = {
    "getpatientinfo": "Firstname middlename LastName suffix mrn ssn gender Race AgeDec age dateofbirth MaritalStatus "
    "base64image Addressline1 AddressLine2 City State ZipCode PhoneNumber HomePhone WorkPhone cellphone Language Email "
    "HomeEmail PhysUserName PhysFirstName PhysLastName PhysPhone PatientLocation PrimaryInsurance DEM_EXTERNALID",
    "getscheduleinfo": "patientID Patient PatientFirstName PatientLastName ApptTime ApptTime2 Status statuscolor "
    "Duration TimeIn TimeStart TimeOut OrganizationID organizationMRN OrgName ProviderID Provider LocationName "
    "SchedComment Comment SchedText type base64image",
    "getclinicalsummaryinfo": "section description detail code entrycode transid status displaydate xmldetail",
    "getordersinfo": "firstname lastname patientid dateofbirth orderdate orderid OrderItemID ordername orderstatus "
    "orderedbyname orderextid reqID rplid",
    "getprovidersinfo": "EntryCode Username LastName FirstName Middle Credentials Profession PrimSpecialty UserType "
    "UserInactive ProviderInactive personid orderingauthority DefaultSiteCode DefaultSiteName CanPrescribeFlag",
}
Seen = list[tuple[Chart, dict[str, Any], dict[str, Any]]]


@pytest.fixture(scope="module")
def seen(population: Population, charts: list[Chart]) -> Seen:
    directory = population.directory()
    return [(chart, unity_rows(chart, directory), unity_rows(chart, directory, TIDY)) for chart in charts[:60]]


def test_columns_and_strings(seen: Seen) -> None:
    for _, *both in seen:
        for rows in both:
            assert list(rows) == list(COLUMNS)
            for key, found in rows.items():
                for row in found:
                    assert list(row) == COLUMNS[key].split()
                    assert all(isinstance(value, str) for value in row.values())


def test_nothing_is_empty_unless_tidy(seen: Seen) -> None:
    for _, spoilt, tidy in seen:
        assert all(value for rows in spoilt.values() for row in rows for value in row.values())
        assert not any(value == " " for rows in tidy.values() for row in rows for value in row.values())


def test_demographics(seen: Seen) -> None:
    for chart, spoilt, tidy in seen:
        (row,), patient = tidy["getpatientinfo"], chart.patient.body
        assert row["mrn"] == chart.mrn
        assert row["DEM_EXTERNALID"] == chart.id
        assert row["LastName"] == patient["name"][0].get("family", "")
        assert [*row["Firstname"].split(), *row["middlename"].split()] == [
            part for given in patient["name"][0]["given"] for part in given.split()
        ]
        assert row["dateofbirth"] == patient["birthDate"]
        assert re.fullmatch(r"\d\d-[A-Z][a-z]{2}-\d{4}", spoilt["getpatientinfo"][0]["dateofbirth"])
        assert re.fullmatch(r"\d+[ymd]", row["age"])
        doctor = patient["generalPractitioner"][0]["display"]
        assert doctor.startswith(f"{row['PhysFirstName']} {row['PhysLastName']},")


def test_every_fact_has_its_row(seen: Seen) -> None:
    sections = {
        "problems": "Condition",
        "medications": "MedicationRequest",
        "allergies": "AllergyIntolerance",
        "immunizations": "Immunization",
        "orders": "ServiceRequest",
    }
    for chart, spoilt, tidy in seen:
        rows = Counter(row["section"] for row in tidy["getclinicalsummaryinfo"])
        for section, resource_type in sections.items():
            assert rows[section] == len(chart.of_type(resource_type))
        observed = chart.of_type("Observation")
        assert rows["vitals"] + rows["results"] + rows["history"] == len(observed)
        pressures = sum(b'"85354-9"' in one.json for one in observed)
        assert len(spoilt["getclinicalsummaryinfo"]) == len(tidy["getclinicalsummaryinfo"]) + pressures
        assert len(tidy["getscheduleinfo"]) == len(chart.of_type("Appointment"))
        assert [row["orderextid"] for row in tidy["getordersinfo"]] == [
            one.id for one in chart.of_type("ServiceRequest")
        ]


def test_transaction_numbers_are_unique_and_the_same_whatever_the_quirks(seen: Seen) -> None:
    numbers: set[str] = set()
    for _, spoilt, tidy in seen:
        found = [row["transid"] for row in spoilt["getclinicalsummaryinfo"]]
        assert not numbers & set(found)
        assert len(set(found)) == len(found)
        assert all(re.fullmatch(r"[HMAIVRSO]-?\d+", number) for number in found)
        numbers |= set(found)
        kept = [number for number in found if number[-1] == "0"]
        assert kept == [row["transid"] for row in tidy["getclinicalsummaryinfo"]]


def test_blood_pressure_is_two_rows_without_a_unit(seen: Seen) -> None:
    for chart, spoilt, tidy in seen:
        truth = [
            [str(part["valueQuantity"]["value"]) for part in one.body["component"]]
            for one in chart.of_type("Observation")
            if b'"component"' in one.json
        ]
        rows = [row for row in spoilt["getclinicalsummaryinfo"] if row["code"] in ("2", "3")]
        assert [row["code"] for row in rows] == ["2", "3"] * len(truth)
        assert [row["detail"] for row in rows] == [value for pair in truth for value in pair]
        together = [row["detail"] for row in tidy["getclinicalsummaryinfo"] if row["entrycode"] == "85354-9"]
        assert together == ["/".join(pair) + " mmHg" for pair in truth]


def test_results_are_packed_into_one_text(seen: Seen) -> None:
    packed = 0
    for chart, spoilt, tidy in seen:
        truth = {}
        for one in chart.of_type("Observation"):
            body = one.body
            if body["category"][0]["coding"][0]["code"] == "laboratory" and "valueQuantity" in body:
                quantity = body["valueQuantity"]
                truth[body["code"]["text"], str(quantity["value"]), quantity["unit"]] = body
        for row in spoilt["getclinicalsummaryinfo"]:
            if row["section"] == "results" and not row["detail"].endswith("Not Performed"):
                parts = re.fullmatch(r"(.*): (\S+) (\S+)( \([LH]\))? \[(.*)\]", row["detail"])
                assert parts, row["detail"]
                body = truth[parts[1], parts[2], parts[3]]
                flag = body["interpretation"][0]["coding"][0]["code"]
                assert (parts[4] or " (N)") == f" ({flag})"
                packed += 1
        for row in tidy["getclinicalsummaryinfo"]:
            if row["section"] == "results" and row["detail"]:
                assert f"<value>{row['detail']}</value>" in row["xmldetail"]
    assert packed > 100


def test_times_of_a_visit(population: Population) -> None:
    """Chart 2 has a visit on 27 February 2026 at 15:41 UTC, twenty to eleven in the hospital."""
    row = unity_rows(population.chart(2), population.directory())["getscheduleinfo"][0]
    told = (row["ApptTime"], row["ApptTime2"], row["TimeIn"], row["TimeOut"])
    assert told == ("10:40", "2/27/2026 10:40:00 AM", "10:41", "11:15")


@pytest.mark.parametrize("name", [field.name for field in fields(Quirks)])
def test_each_quirk_changes_something_and_is_not_needed_for_another(population: Population, name: str) -> None:
    chart, directory = population.chart(3), population.directory()
    alone = unity_rows(chart, directory, replace(TIDY, **{name: True}))
    without = unity_rows(chart, directory, replace(Quirks(), **{name: False}))
    assert alone != unity_rows(chart, directory, TIDY)
    assert without != unity_rows(chart, directory)


def test_rows_are_a_function_of_the_chart(population: Population) -> None:
    again = Population(population.seed, population.size)
    assert unity_document(again.chart(9), again.directory()) == unity_document(
        population.chart(9), population.directory()
    )


def test_an_answer_is_an_array_of_one_object_with_one_key() -> None:
    assert json.loads(unity_answer("getpatientinfo", [{"mrn": "1"}])) == [{"getpatientinfo": [{"mrn": "1"}]}]
    assert json.loads(unity_answer("getordersinfo", [])) == [{"getordersinfo": []}]


def test_a_document_holds_all_answers(population: Population) -> None:
    answers = json.loads(unity_document(population.chart(1), population.directory()))
    assert [list(answer) for answer in answers] == [[key] for key in COLUMNS]
