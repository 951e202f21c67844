"""Actions that read a chart: the clinical summary, medications, problems, procedures, orders, results, documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.errors import UnityError
from mock_ehr.vendors.allscripts.unity.people import moment_of
from synthetic.writers.hospital_clock import epoch_seconds, hospital_time
from synthetic.writers.record import Body, Record
from synthetic.writers.unity_ccda import DOCUMENT_KINDS, ccda
from synthetic.writers.unity_chart_lists import document_rows, medication_rows, problem_rows, procedure_rows
from synthetic.writers.unity_clinical import SECTION_TYPES, summary
from synthetic.writers.unity_found import staff_member
from synthetic.writers.unity_people import provider_code
from synthetic.writers.unity_quirks import Quirks, Row
from synthetic.writers.unity_schedule import order_rows
from synthetic.writers.unity_visits import contacts

WITHOUT_DATA = ("chiefcomplaint", "activities", "alerts")  # sections that exist and are empty here
LIST = "list"
NEVER = datetime(1, 1, 1)  # noqa: DTZ001 - the hospital's clocks show no zone


def reading(make: Callable[[Ask, Record], Sequence[Row]]) -> Callable[[Ask], Result]:
    """Return the action that makes rows of the patient's chart; an unknown patient has none."""

    def work(ask: Ask) -> Result:
        record = ask.chart()
        return Result(make(ask, record), (record.patient["id"],)) if record else Result([])

    return work


def listing(make: Callable[[Record, Quirks], Sequence[Row]]) -> Callable[[Ask], Result]:
    """Return the action that shows all rows of a kind."""
    return reading(lambda ask, record: make(record, ask.rows))


def clinical_summary(ask: Ask, record: Record) -> list[Row]:
    """GetClinicalSummary: Parameter1 sections, Parameter2 an encounter, Parameter3 Y for xmldetail."""
    wanted = [section.strip().lower() for section in ask.parameter(1).split("|") if section.strip()]
    if LIST in wanted:
        return [ask.rows.finished({"section": section}) for section in (*SECTION_TYPES, *WITHOUT_DATA)]
    known = [section for section in wanted if section in SECTION_TYPES]
    if wanted and not known:
        return []
    visit = encounter_of(ask, record, ask.parameter(2))
    found = summary(record, ask.rows, known, verbose=ask.parameter(3).upper() == "Y")
    return [row for row, body in found if not visit or body.get("encounter", {}).get("reference") == visit]


def encounter_of(ask: Ask, record: Record, number: str) -> str:
    """Return the reference to the encounter of a number, "" when none is asked for.

    Raises UnityError for a number that the chart does not have.
    """
    if number in ("", "0"):
        return ""
    for contact in contacts(record, ask.rows):
        if str(contact.number) == number and contact.resource.startswith("Encounter/"):
            return contact.resource
    raise UnityError(f"Encounter {number} was not found")


def medication(ask: Ask, record: Record) -> list[Row]:
    """GetMedicationByTransID: Parameter1 is the number, with or without its letter; 0 for all."""
    number = ask.parameter(1).upper().removeprefix("M")
    rows = medication_rows(record, ask.rows)
    return rows if number in ("", "0") else [row for row in rows if row["transid"] == f"M{number}"]


def orders(ask: Ask, record: Record) -> list[Row]:
    """GetOrders: Parameter1 since, Parameter3 status."""
    status = ask.parameter(3).lower()
    pairs = zip(order_rows(record, ask.rows), record.of_type("ServiceRequest"), strict=True)
    since = since_of(ask)
    return [
        row
        for row, body in pairs
        if not_before(body.get("authoredOn", ""), since) and status in ("", "all", row["orderstatus"].lower())
    ]


def results(ask: Ask, record: Record) -> list[Row]:
    """GetResults: Parameter1 since. The rows are those of the summary; their real columns were found nowhere."""
    since = since_of(ask)
    found = summary(record, ask.rows, ("results",))
    return [row for row, body in found if not_before(body.get("effectiveDateTime", ""), since)]


def documents(ask: Ask, record: Record) -> list[Row]:
    """GetDocuments: Parameter1 from, Parameter2 to, Parameter3 id, Parameter4 type."""
    since = since_of(ask)
    until = moment_of(ask.parameter(2)) if ask.parameter(2) else None
    number, kind = ask.parameter(3), ask.parameter(4).lower()
    pairs = zip(document_rows(record, ask.rows), record.of_type("DocumentReference"), strict=True)
    return [
        row
        for row, body in pairs
        if number in ("", "0", row["documentid"])
        and kind in ("", row["documenttype"].lower())
        and not_before(body.get("date", ""), since)
        and (until is None or local(body.get("date", "")).date() <= until.date())
    ]


def since_of(ask: Ask) -> datetime | None:
    """Return the local time of Parameter1, None when it is blank. Raises UnityError."""
    return moment_of(ask.parameter(1)) if ask.parameter(1) else None


def not_before(instant: str, since: datetime | None) -> bool:
    """Return whether an instant is at or after a time of the hospital's clocks."""
    return since is None or local(instant) >= since


def local(instant: str) -> datetime:
    """Return what the hospital's clocks show at a FHIR instant; the year 1 for a text that is none."""
    try:
        return hospital_time(epoch_seconds(instant)).replace(tzinfo=None)
    except ValueError:
        return NEVER


def documents_kind(ask: Ask) -> str:
    """Return the kind of document that Parameter6 names. Raises UnityError."""
    kind = ask.parameter(6).upper() or "CCDACCD"
    if kind not in DOCUMENT_KINDS:
        raise UnityError(f"Document type {ask.parameter(6)} is not valid")
    return kind


def continuity(ask: Ask, record: Record) -> list[Row]:
    """GetCCDA: the whole document as text in one column."""
    return [{"ccdaxml": ccda(record, documents_kind(ask), f"{ask.now():%Y%m%d%H%M%S}+0000")}]


def encounter_list(ask: Ask, record: Record) -> list[Row]:
    """GetEncounterList: Parameter1 type, 2 day, 3 days ahead, 4 N hides the past, 5 user name of a provider."""
    kind, now = ask.parameter(1).lower(), hospital_time(int(ask.site.state.clock.now())).replace(tzinfo=None)
    day = moment_of(ask.parameter(2)).date() if ask.parameter(2) else None
    ahead = ask.parameter(3) or "0"
    if not ahead.isdecimal():
        raise UnityError("Error converting data type varchar to int.")
    hides_past, who = ask.parameter(4).upper() == "N", code_of(ask, ask.parameter(5))
    wanted = []
    for contact in contacts(record, ask.rows):
        begins = local(contact.instant)
        days = (begins.date() - now.date()).days
        if (
            (kind in ("", contact.type.lower()))
            and (day is None or begins.date() == day)
            and (days <= int(ahead[:6]) or day is not None)
            and not (hides_past and begins < now)
            and who in ("", contact.row["PerformingProviderID"])
        ):
            wanted.append(contact.row)
    return wanted


def code_of(ask: Ask, name: str) -> str:
    """Return the number of the provider with a user name; the name itself, which nobody has, when it is not ours."""
    who = staff_member(ask.site.directory, name)
    return provider_code(who) if who else name


def diagnosis(ask: Ask, record: Record) -> list[Row]:
    """GetPatientDiagnosis: what encounters were about; Parameter4 is an encounter."""
    visit = encounter_of(ask, record, ask.parameter(4))
    rows = []
    for contact in contacts(record, ask.rows):
        if contact.resource.startswith("Encounter/") and visit in ("", contact.resource):
            rows += diagnoses_of(record, contact.resource, contact.row, ask.rows)
    return rows


def diagnoses_of(record: Record, reference: str, visit: Row, quirks: Quirks) -> list[Row]:
    """Return a row for each reason of one encounter."""
    body: Body = next(one for one in record.of_type("Encounter") if f"Encounter/{one['id']}" == reference)
    return [
        quirks.finished(
            {
                "encounterid": visit["ID"],
                "encounterdate": visit["DTTM"],
                "diagnosis": reason.get("text", ""),
                "code": next((f"{one.get('code', '')}|ICD10" for one in reason.get("coding", [])), ""),
                "patientid": visit["patientid"],
            }
        )
        for reason in body.get("reasonCode", [])
    ]


ACTIONS = (
    Action("GetClinicalSummary", reading(clinical_summary), "search"),
    Action("GetEncounterList", reading(encounter_list), "search", ("Encounter",)),
    Action("GetMedicationByTransID", reading(medication), "search", ("MedicationRequest",)),
    Action("GetPatientProblems", listing(problem_rows), "search", ("Condition",)),
    Action("GetPatientDiagnosis", reading(diagnosis), "search", ("Encounter",)),
    Action("GetProcedures", listing(procedure_rows), "search", ("Procedure",)),
    Action("GetOrders", reading(orders), "search", ("ServiceRequest",)),
    Action("GetResults", reading(results), "search", ("Observation",)),
    Action("GetDocuments", reading(documents), "search", ("DocumentReference",)),
    Action("GetCCDA", reading(continuity), "read", ("DocumentReference",)),
)
