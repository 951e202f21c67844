"""Saves: they take effect as often as they are sent, and are seen as FHIR out of band and as rows again."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest

from synthetic.population import Chart
from synthetic.r4.rules import problems
from tests.mock_ehr.vendors.allscripts.clinic import PATIENT, VISIT, Clinic

ORDER = '<saveorderxml><field id="orderstatus" value="Active"/><field id="orderorderedby" value="1"/></saveorderxml>'
RX = (
    '<saverx><field name="drugname" value="amlodipine 5 MG Oral Tablet"/><field name="sig" value="one a day"/>'
    '<field name="quantity" value="30.5"/><field name="refills" value="2"/></saverx>'
)
DOCUMENT = (
    f'<docParams><item name="documentType" value="Chart"/><item name="ahsEncounterID" value="{VISIT}"/></docParams>'
)
SAVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "SaveNote": ("DocumentReference", ("seen today", "Progress note", "Final", "N")),
    "SaveUnstructuredDocument": ("DocumentReference", (DOCUMENT, "some text")),
    "SaveTask": ("Task", ("Call Back", "ejones1", "77", "please call", "call")),
    "SaveOrder": ("ServiceRequest", (ORDER, "LAB", "1001")),
    "SaveRX": ("MedicationRequest", (RX,)),
}


@pytest.mark.parametrize(("action", "saved"), SAVES.items(), ids=SAVES)
def test_what_is_sent_twice_is_there_twice(
    clinic: Clinic, chart: Chart, action: str, saved: tuple[str, tuple[str, ...]]
) -> None:
    resource_type, parameters = saved
    numbers = [clinic.rows(action, PATIENT, *parameters)[0]["ID"] for _ in range(2)]
    bodies = clinic.written(resource_type)
    assert [body["id"] for body in bodies] == numbers
    assert len(set(numbers)) == 2
    assert all(problems(body) == [] for body in bodies)
    assert all(f"Patient/{chart.id}" in str(body) for body in bodies)
    entry = clinic.journal()[-1]
    assert (entry["committed"], entry["interaction"], entry["resource_type"]) == (True, "create", resource_type)
    assert entry["patients"] == [chart.id]


REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "unknown patient": ("SaveNote", "9999", ("text", "Letter", "Final", "N")),
    "blank note": ("SaveNote", PATIENT, (" ", "Letter", "Final", "N")),
    "unknown document type": ("SaveNote", PATIENT, ("text", "Poem", "Final", "N")),
    "unknown note status": ("SaveNote", PATIENT, ("text", "Letter", "Maybe", "N")),
    "broken XML": ("SaveUnstructuredDocument", PATIENT, ("<docParams><item name='a' value=7/></docParams>", "x")),
    "XML with a declaration": ("SaveRX", PATIENT, ('<!DOCTYPE x [<!ENTITY a "b">]><saverx>&a;</saverx>',)),
    "unknown task type": ("SaveTask", PATIENT, ("Dance", "ejones1")),
    "task for nobody": ("SaveTask", PATIENT, ("Call Back", "")),
    "unknown task": ("SaveTaskStatus", "", ("1", "Complete")),
    "unknown order": ("SaveOrder", PATIENT, (ORDER, "LAB", "9999")),
    "unknown category": ("SaveOrder", PATIENT, (ORDER, "ZOO", "1001")),
    "unknown drug": ("SaveRX", PATIENT, (RX.replace("amlodipine", "snake oil"),)),
    "no sig": ("SaveRX", PATIENT, (RX.replace("one a day", " "),)),
    "quantity that is none": ("SaveRX", PATIENT, (RX.replace("30.5", "NaN"),)),
    "refills that are none": ("SaveRX", PATIENT, (RX.replace('"2"', '"many"'),)),
    "encounter of another": ("SaveUnstructuredDocument", PATIENT, (DOCUMENT.replace(VISIT, "10001"), "x")),
    "upload nobody began": ("SaveDocumentImage", PATIENT, ('<doc><item name="documentVar" value="x"/></doc>',)),
    "upload that is not base64": ("SaveDocumentImage", PATIENT, ("<doc/>", "", "", "", "", "%%%")),
}  # fmt: skip


@pytest.mark.parametrize(("action", "patient", "parameters"), REFUSED.values(), ids=REFUSED)
def test_a_refused_save_is_a_normal_row_that_says_critical(
    clinic: Clinic, action: str, patient: str, parameters: tuple[str, ...]
) -> None:
    row = clinic.rows(action, patient, *parameters)[0]
    assert "Critical" in row["STATUS"]
    assert list(clinic.state.store.written()) == []
    assert clinic.journal()[-1]["committed"] is False


def test_a_note_comes_back_as_row_and_as_resource(clinic: Clinic) -> None:
    (row,) = clinic.rows("SaveNote", PATIENT, "Größe 1,80 m", "ProgNote", "Unsigned", "N")
    (body,) = clinic.written("DocumentReference")
    assert b64decode(body["content"][0]["attachment"]["data"]).decode() == "Größe 1,80 m"
    assert (body["docStatus"], body["date"]) == ("preliminary", "2026-06-15T18:00:00Z")
    shown = [found for found in clinic.rows("GetDocuments", PATIENT) if found["documentid"] == row["ID"]]
    assert [(found["documentstatus"], found["documentdate"]) for found in shown] == [
        ("Unsigned", "15-Jun-2026 2:00 PM")
    ]


def test_the_encounter_in_focus_gets_what_is_written(clinic: Clinic, chart: Chart) -> None:
    clinic.rows("SetEncounterFocus", PATIENT, VISIT)
    clinic.rows("SaveOrder", PATIENT, ORDER, "LAB", "1001")
    assert (
        clinic.written("ServiceRequest")[0]["encounter"]["reference"] == f"Encounter/{chart.of_type('Encounter')[0].id}"
    )


def test_an_order_has_the_number_that_saving_told(clinic: Clinic) -> None:
    before = clinic.rows("GetOrders", PATIENT)
    (row,) = clinic.rows("SaveOrder", PATIENT, ORDER, "LAB", "1001")
    after = clinic.rows("GetOrders", PATIENT)
    assert after[:-1] == before
    assert (after[-1]["orderid"], after[-1]["OrderItemID"]) == (row["ID"], f"-{row['ID']}")
    assert clinic.rows("GetOrders", PATIENT, "6/15/2026 1:00 PM") == after[-1:]
    assert clinic.rows("GetOrders", PATIENT, "", "", "Completed") == [
        one for one in after if one["orderstatus"] == "Completed"
    ]


def test_writing_does_not_renumber_the_summary(clinic: Clinic) -> None:
    before = [row["transid"] for row in clinic.rows("GetClinicalSummary", PATIENT)]
    clinic.rows("SaveRX", PATIENT, RX)
    after = [row["transid"] for row in clinic.rows("GetClinicalSummary", PATIENT)]
    assert [number for number in after if number in before] == before
    assert len(after) == len(before) + 1


def test_tasks_belong_to_users_and_change(clinic: Clinic) -> None:
    clinic.rows("SaveTask", PATIENT, "Call Back", "jdoe", "", "one", "first")
    clinic.rows("SaveTask", PATIENT, "Rx Renewal", "ejones1", "", "two", "second")
    mine = clinic.rows("GetTaskList", "", "", "", "", "", "0")
    assert [row["subject"] for row in mine] == ["first"]
    both = clinic.rows("GetTaskList", "", "", "", "", "Y", "0")
    assert [row["subject"] for row in both] == ["first", "second"]
    assert clinic.rows("GetTaskList", "", "", "Rx Renewal|Call Back", "Active", "N", "0") == mine
    number = mine[0]["taskid"]
    assert clinic.rows("SaveTaskStatus", "", number, "Complete", "", "done")[0]["STATUS"] == "OK"
    assert clinic.rows("GetTask", "", number)[0]["status"] == "Complete"
    assert clinic.written("Task")[0]["status"] == "completed"
    assert clinic.rows("GetTaskList", "", "", "", "Active", "", "0") == []
    assert clinic.rows("GetTask", "", "1") == []


def test_a_document_arrives_in_chunks(clinic: Clinic) -> None:
    def send(chunk: bytes, guid: str, *, done: bool) -> dict[str, Any]:
        items = {
            "documentType": "sEKG",
            "vendorFileName": "a.pdf",
            "documentVar": guid,
            "bDoneUpload": str(done).lower(),
        }
        xml = "".join(f'<item name="{name}" value="{value}"/>' for name, value in items.items())
        return clinic.rows(
            "SaveDocumentImage", PATIENT, f"<doc>{xml}</doc>", "", "", "", "", b64encode(chunk).decode()
        )[0]

    guid = send(b"%PDF-", "", done=False)["documentVar"]
    assert send(b"1.7", guid, done=False)["documentVar"] == guid
    assert clinic.written("DocumentReference") == []
    number = send(b"", guid, done=True)["ID"]
    (body,) = clinic.written("DocumentReference")
    attachment = body["content"][0]["attachment"]
    assert (body["id"], attachment["contentType"], b64decode(attachment["data"])) == (
        number,
        "application/pdf",
        b"%PDF-1.7",
    )
    assert "Critical" in send(b"", guid, done=True)["STATUS"]


def test_reset_undoes_what_was_written_and_begun(clinic: Clinic) -> None:
    clinic.rows("SaveTask", PATIENT, "Call Back", "jdoe")
    guid = clinic.rows("SaveDocumentImage", PATIENT, "<doc/>", "", "", "", "", "AAAA")[0]["documentVar"]
    clinic.state.reset()
    clinic.log_in()
    assert clinic.rows("GetTaskList", "", "", "", "", "", "0") == []
    xml = f'<doc><item name="documentVar" value="{guid}"/></doc>'
    assert "Critical" in clinic.rows("SaveDocumentImage", PATIENT, xml, "", "", "", "", "AAAA")[0]["STATUS"]
