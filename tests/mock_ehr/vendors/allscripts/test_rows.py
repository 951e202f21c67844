"""The rows of Unity's actions against the charts they are made of."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pytest
from joserfc import jwk

from synthetic.population import Chart, Population
from synthetic.writers.hospital_clock import epoch_seconds, hospital_time
from synthetic.writers.unity import Quirks, unity_rows
from synthetic.writers.unity_dates import Layout, laid_out
from tests.mock_ehr.vendors.allscripts.clinic import PATIENT, Clinic, new_clinic

HISTORY = ("GetClinicalSummary", "GetOrders", "GetResults", "GetDocuments", "GetProcedures", "GetPatientProblems")


def test_keys_are_the_action_in_lower_case_with_info(clinic: Clinic) -> None:
    assert list(clinic.magic("gEtPaTiEnT", PATIENT).json()[0]) == ["getpatientinfo"]
    assert list(clinic.magic("GetServerInfo").json()[0]) == ["getserverinfoinfo"]
    xml = '<docParams><item name="documentType" value="Chart"/></docParams>'
    assert list(clinic.magic("SaveUnstructuredDocument", PATIENT, xml, "x").json()[0]) == ["saveunstructureddocument"]


@pytest.mark.parametrize(
    ("action", "result"),
    [
        ("GetPatient", "getpatientinfo"),
        ("GetClinicalSummary", "getclinicalsummaryinfo"),
        ("GetOrders", "getordersinfo"),
    ],
)
def test_rows_are_those_of_the_population(
    clinic: Clinic, population: Population, chart: Chart, action: str, result: str
) -> None:
    assert clinic.rows(action, PATIENT) == unity_rows(chart, population.directory())[result]


def test_every_value_is_a_text(clinic: Clinic) -> None:
    for action in (*HISTORY, "GetPatient", "GetEncounterList", "GetMedicationByTransID", "GetProviders"):
        rows = clinic.rows(action, PATIENT)
        assert rows, action
        assert all(isinstance(value, str) for row in rows for value in row.values())


def test_the_switches_reach_the_rows(clinic_with: Callable[..., Clinic], population: Population, chart: Chart) -> None:
    clinic = clinic_with("padded_codes=false", "packed_results=false", "single_space_blanks=false")
    clinic.log_in()
    habits = replace(Quirks(), padded_codes=False, packed_results=False, single_space_blanks=False)
    rows = unity_rows(chart, population.directory(), habits)
    assert clinic.rows("GetClinicalSummary", PATIENT) == rows["getclinicalsummaryinfo"]


def test_an_unknown_patient_is_blank_data_and_no_error(clinic: Clinic) -> None:
    for action in ("GetPatient", "GetPatientFull"):
        (row,) = clinic.rows(action, "9999")
        assert row["ssn"] == "000-00-0000"
        assert {
            value for name, value in row.items() if name not in ("ssn", "Email", "WorkPhone", "PrimaryInsurance")
        } == {" "}
    assert clinic.rows("GetClinicalSummary", "9999") == clinic.rows("GetOrders", "0") == []


def test_an_unknown_patient_can_be_no_row(clinic_with: Callable[..., Clinic]) -> None:
    clinic = clinic_with("unknown_patient=empty")
    clinic.log_in()
    assert clinic.rows("GetPatient", "9999") == []


def test_no_encounters_are_one_row_of_zeros(clinic: Clinic, clinic_with: Callable[..., Clinic]) -> None:
    (row,) = clinic.rows("GetEncounterList", "9999")
    assert (row["ID"], row["patientid"], row["DTTM"]) == ("0", "0", " ")
    other = clinic_with("zero_row_actions=")
    other.log_in()
    assert other.rows("GetEncounterList", "9999") == []


def test_patients_are_found_by_name_date_number_and_telephone(clinic: Clinic, chart: Chart) -> None:
    family, given = chart.patient.body["name"][0]["family"], chart.patient.body["name"][0]["given"][0]
    row = clinic.rows("GetPatient", PATIENT)[0]
    born = laid_out(datetime.fromisoformat(chart.patient.body["birthDate"]), Layout.SLASHED)
    for text in (family, f"{family}, {given}", given, row["mrn"], row["HomePhone"], row["dateofbirth"], born):
        assert PATIENT in [found["ID"] for found in clinic.rows("SearchPatients", "", text)], text
    assert clinic.rows("GetPatientByMRN", "", row["mrn"])[0]["DEM_EXTERNALID"] == chart.id
    assert clinic.rows("GetPatientByMRN", "", "0") == clinic.rows("SearchPatients", "", "Nobody, At All") == []


def test_the_summary_has_the_sections_asked_for(clinic: Clinic) -> None:
    everything = clinic.rows("GetClinicalSummary", PATIENT)
    some = clinic.rows("GetClinicalSummary", PATIENT, "Vitals|medications")
    assert some == [row for row in everything if row["section"] in ("vitals", "medications")]
    assert clinic.rows("GetClinicalSummary", PATIENT, "ChiefComplaint|Alerts") == []
    assert "results" in [row["section"] for row in clinic.rows("GetClinicalSummary", PATIENT, "List")]


def test_the_summary_of_an_encounter(clinic: Clinic, chart: Chart) -> None:
    visits = clinic.rows("GetEncounterList", PATIENT, "", "", "400")
    last = visits[chart.of_type("Encounter").index(chart.of_type("Encounter")[-1])]["ID"]
    reference = f"Encounter/{chart.of_type('Encounter')[-1].id}"
    truth = [
        body
        for kind in ("Condition", "MedicationRequest", "AllergyIntolerance", "Observation", "ServiceRequest")
        for body in (resource.body for resource in chart.of_type(kind))
        if body.get("encounter", {}).get("reference") == reference
    ]
    rows = clinic.rows("GetClinicalSummary", PATIENT, "", last)
    assert len([row for row in rows if row["code"] != "3"]) == len(truth) > 0
    assert "was not found" in clinic.error("GetClinicalSummary", PATIENT, "", "7")


def test_verbose_adds_a_second_document_to_parse(clinic: Clinic) -> None:
    for row in clinic.rows("GetClinicalSummary", PATIENT, "", "", "Y"):
        item = ET.fromstring(row["xmldetail"])
        assert item.findtext("description") == row["description"]
    assert all(row["xmldetail"] == " " for row in clinic.rows("GetClinicalSummary", PATIENT))


def test_medications_by_the_numbers_of_the_summary(clinic: Clinic) -> None:
    numbers = [row["transid"] for row in clinic.rows("GetClinicalSummary", PATIENT, "Medications")]
    everything = clinic.rows("GetMedicationByTransID", PATIENT, "0")
    assert [row["transid"] for row in everything] == numbers
    assert clinic.rows("GetMedicationByTransID", PATIENT, numbers[1]) == [everything[1]]
    assert clinic.rows("GetMedicationByTransID", PATIENT, numbers[1].lstrip("M")) == [everything[1]]


def test_one_word_for_three_kinds_of_encounter(key: jwk.RSAKey) -> None:
    population = Population(7, 48)  # the last of them has called by telephone
    clinic = new_clinic(population, key)
    clinic.log_in()
    kinds: set[str] = set()
    for index in range(48):
        chart, rows = population.chart(index), clinic.rows("GetEncounterList", str(index + 1), "", "", "400")
        happened = [row for row in rows if int(row["ID"]) % 10_000 < 5000]
        assert len(happened) == len(chart.of_type("Encounter"))
        for row, resource in zip(happened, chart.of_type("Encounter"), strict=True):
            code = resource.body["class"]["code"]
            assert row["EncounterType"] == {"VR": "Telephone", "AMB": "Appointment"}.get(code, "Chart")
            kinds.add(row["EncounterType"])
    assert kinds == {"Appointment", "Telephone", "Chart"}


def test_encounter_filters(clinic: Clinic) -> None:
    everything = clinic.rows("GetEncounterList", PATIENT, "", "", "400", "Y")
    past = clinic.rows("GetEncounterList", PATIENT)
    future = clinic.rows("GetEncounterList", PATIENT, "", "", "400", "N")
    assert len(past) < len(everything)
    assert [row for row in everything if row not in past] == future
    assert clinic.rows("GetEncounterList", PATIENT, "Telephone")[0]["ID"] == "0"
    day = past[0]["DTTM"].partition(" ")[0]
    assert past[0] in clinic.rows("GetEncounterList", PATIENT, "", day)
    assert all(row["DTTM"].startswith(day) for row in clinic.rows("GetEncounterList", PATIENT, "", day))
    provider = clinic.rows("GetProvider", "", past[0]["PerformingProviderID"])[0]["Username"]
    mine = clinic.rows("GetEncounterList", PATIENT, "", "", "400", "Y", provider)
    assert mine == [row for row in everything if row["PerformingProviderID"] == past[0]["PerformingProviderID"]]


def appointments(population: Population) -> list[tuple[datetime, dict[str, Any]]]:
    found = [body.body for index in range(40) for body in population.chart(index).of_type("Appointment")]
    return sorted(((local(body["start"]), body) for body in found), key=lambda pair: pair[0])


def local(instant: str) -> datetime:
    return hospital_time(epoch_seconds(instant)).replace(tzinfo=None)


def test_the_schedule_of_a_day_is_everybody_of_that_day(clinic: Clinic, population: Population) -> None:
    layouts = {"06/15/2026": "2026-06-15", "2026/06/15": "2026-06-15", "06-Jul-2026": "2026-07-06"}
    for day, date in layouts.items():
        truth = [moment for moment, _ in appointments(population) if moment.date().isoformat() == date]
        rows = clinic.rows("GetSchedule", "", day, "", "N", "All", None, "All")
        assert [row["ApptTime"] for row in rows] == [f"{moment:%H:%M}" for moment in truth] != []


def test_the_schedule_of_a_span_of_one_provider_type_or_status(clinic: Clinic, population: Population) -> None:
    everything = clinic.rows("GetSchedule", "", "1/1/2025|12/31/2026")
    truth = [body for moment, body in appointments(population) if moment.year in (2025, 2026)]
    assert len(everything) == len(truth)
    provider = clinic.rows("GetProvider", "", "001")[0]["Username"]
    mine = clinic.rows("GetSchedule", "", "1/1/2025|12/31/2026", "", "", provider)
    assert mine == [row for row in everything if row["ProviderID"] == "001"] != []
    assert {
        row["Status"] for row in clinic.rows("GetSchedule", "", "1/1/2025|12/31/2026", "", "", "", "", "No Show")
    } == {"No Show"}
    assert clinic.rows("GetSchedule", "", "1/1/2025|12/31/2026", "", "", "", "Surgery") == []
    assert {row["patientID"] for row in clinic.rows("GetSchedule", PATIENT, "1/1/2000|12/31/2026")} == {PATIENT}


def test_changed_patients_are_those_seen_since(clinic: Clinic, population: Population) -> None:
    truth = {
        index
        for index in range(40)
        for body in population.chart(index).of_type("Appointment")
        if "2026-06-01" <= local(body.body["start"]).date().isoformat() <= Population.today
    }
    assert {int(row["ID"]) - 1 for row in clinic.rows("GetChangedPatients", "", "06/01/2026")} == truth
    clinic.rows("SaveNote", "40", "seen", "Progress note", "Final", "N")
    assert {int(row["ID"]) for row in clinic.rows("GetChangedPatients", "", "01/01/2027")} == {40}


def test_codes_are_padded_and_flags_are_letters(clinic: Clinic) -> None:
    rows = clinic.rows("GetProviders")
    assert all(re.fullmatch(r"\d{3} {7}", row["EntryCode"]) for row in rows)
    assert {row["ProviderInactive"] for row in rows} == {"N"}
    assert clinic.rows("GetProvider", "", "", rows[0]["Username"]) == clinic.rows("GetProvider", "", "1") == rows[:1]
    assert clinic.rows("GetProviders", "", "", rows[0]["LastName"][:3])[0] == rows[0]
    assert clinic.rows("GetProviders", "", "", "", "", "E") == []


def test_dictionaries(clinic: Clinic) -> None:
    row = clinic.rows("GetDictionary", "", "document_type_de")[0]
    assert row == {"EntryCode": "ProgNote  ", "EntryName": "Progress note", "EntryMnemonic": "ProgNote", "Active": "Y"}
    assert "was not found" in clinic.error("GetDictionary", "", "Nonsense_DE")


def test_a_document_in_a_column(clinic: Clinic, chart: Chart) -> None:
    (row,) = clinic.rows("GetCCDA", PATIENT, "", "", "", "", "", "CCDASOC")
    document = ET.fromstring(row["ccdaxml"])
    name = {"v": "urn:hl7-org:v3"}
    assert document.findtext(".//v:patient/v:name/v:family", "", name) == chart.patient.body["name"][0]["family"]
    items = [item.text for item in document.iterfind(".//v:item", name)]
    for problem in chart.of_type("Condition"):
        assert any(str(item).startswith(problem.body["code"]["text"]) for item in items)
    assert "not valid" in clinic.error("GetCCDA", PATIENT, "", "", "", "", "", "PDF")


def test_rows_follow_what_is_changed_out_of_band(clinic: Clinic, chart: Chart) -> None:
    stored = clinic.state.store.find("Patient", chart.id)
    assert stored is not None
    body = stored.body() | {"name": [{"family": "Changed", "given": ["Her"]}]}
    clinic.state.store.put(replace(stored, json=orjson.dumps(body, default=str)))
    assert clinic.rows("GetPatient", PATIENT)[0]["LastName"] == "Changed"
