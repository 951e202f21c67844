"""Unity rows of lists out of one chart: medications, problems, procedures, tasks, documents.

Of getmedicationbytransidinfo a public client shows the columns; those of the other lists are found nowhere and ours.
"""

from __future__ import annotations

from synthetic.writers.record import Body, Record
from synthetic.writers.unity_clinical import dosage, glued, local_code, prescribed, summary_rows
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_people import patient_number, provider_code
from synthetic.writers.unity_quirks import Quirks, Row
from synthetic.writers.unity_values import words_of


def medication_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetMedicationByTransID with 0: every prescription, numbered as in the clinical summary."""
    numbers = [row["transid"] for row in summary_rows(record, quirks, ("medications",))]
    prescriptions = record.of_type("MedicationRequest")
    return [_medication(record, number, body, quirks) for number, body in zip(numbers, prescriptions, strict=True)]


def _medication(record: Record, number: str, body: Body, quirks: Quirks) -> Row:
    concept, dispense = prescribed(record, body), body.get("dispenseRequest", {})
    who = record.practitioner([body.get("requester")])
    return quirks.finished(
        {
            "transid": number,
            "drugname": words_of(concept),
            "SIG": dosage(body),
            "quantity": str(dispense.get("quantity", {}).get("value", "")),
            "refills": str(dispense.get("numberOfRepeatsAllowed", "")),
            "ExpectedAction": "Record" if body.get("intent") == "plan" else "Prescribe",
            "ResponsibleProviderID": provider_code(who) if who else "",
            "ResponsibleProvider": f"{who.family}, {who.given}" if who else "",
            "DDID": quirks.code(local_code(words_of(concept))),
            "code": glued(concept),
            "status": body.get("status", "").title(),
            "orderdate": quirks.time(body.get("authoredOn", ""), Layout.SLASHED),
        }
    )


def problem_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetPatientProblems: the problems section by other names."""
    return [
        {
            "problemid": row["transid"].lstrip("H"),
            "problem": row["description"],
            "problemcode": row["entrycode"],
            "status": row["status"],
            "onsetdate": row["displaydate"],
            "patientid": patient_number(record.chart.index),
        }
        for row in summary_rows(record, quirks, ("problems",))
    ]


def procedure_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetProcedures."""
    return [
        quirks.finished(
            {
                "procedureid": str((record.chart.index + 1) * 10_000 + number),
                "procedure": words_of(body.get("code")),
                "code": glued(body.get("code")),
                "status": body.get("status", "").title(),
                "proceduredate": quirks.time(body.get("performedDateTime", ""), Layout.DAY),
                "patientid": patient_number(record.chart.index),
            }
        )
        for number, body in enumerate(record.of_type("Procedure"), 1)
    ]


def task_row(index: int, body: Body, quirks: Quirks) -> Row:
    """GetTask and GetTaskList: one FHIR Task that was saved for chart `index`."""
    return quirks.finished(
        {
            "taskid": body["id"],
            "patientid": patient_number(index),
            "tasktype": words_of(body.get("code")),
            "status": body.get("businessStatus", {}).get("text", ""),
            "subject": body.get("description", ""),
            "comment": " ".join(note.get("text", "") for note in body.get("note", [])),
            "assignedto": body.get("owner", {}).get("display", ""),
            "createdby": body.get("requester", {}).get("display", ""),
            "workobjectid": body.get("focus", {}).get("identifier", {}).get("value", ""),
            "createddate": quirks.time(body.get("authoredOn", ""), Layout.MOMENT),
            "changeddate": quirks.time(body.get("lastModified", ""), Layout.MOMENT),
        }
    )


def document_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetDocuments: what is in the chart and what was saved since, without the text."""
    return [
        quirks.finished(
            {
                "documentid": _document_number(record, ordinal, body),
                "patientid": patient_number(record.chart.index),
                "documenttype": words_of(body.get("type")),
                "documentstatus": "Final" if body.get("docStatus", "final") == "final" else "Unsigned",
                "documentdate": quirks.time(body.get("date", ""), Layout.LOUD_MOMENT),
                "author": next((who.get("display", "") for who in body.get("author", [])), ""),
                "title": next((part["attachment"].get("title", "") for part in body.get("content", [])), ""),
            }
        )
        for ordinal, body in enumerate(record.of_type("DocumentReference"), 1)
    ]


def _document_number(record: Record, ordinal: int, body: Body) -> str:
    return body["id"] if body["id"].isdecimal() else str((record.chart.index + 1) * 1000 + ordinal)
