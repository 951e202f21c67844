"""The columns that the adapter reads, by action: what an answer without one of them says cannot be told."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = ("Firstname", "middlename", "LastName", "suffix", "mrn", "ssn", "gender", "dateofbirth", "PhysFirstName")
_ABOUT = ("PhysLastName", "Race", "MaritalStatus", "Language", "HomePhone", "WorkPhone", "cellphone", "Email")
_WHERE = ("HomeEmail", "Addressline1", "AddressLine2", "City", "State", "ZipCode")
_BOOKED = ("ApptTime2", "ProviderID", "Provider", "LocationName", "Status", "Duration", "type", "SchedText", "Comment")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "GetPatient": (*_NAMES, *_ABOUT, *_WHERE),
    "SearchPatients": ("ID", "mrn"),
    "GetClinicalSummary": (
        "section",
        "description",
        "detail",
        "code",
        "entrycode",
        "transid",
        "status",
        "displaydate",
    ),
    "GetMedicationByTransID": ("transid", "ExpectedAction", "ResponsibleProvider", "refills"),
    "GetEncounterList": ("ID", "DTTM", "EncounterType", "PerformingProviderName"),
    "GetSchedule": _BOOKED,
}


def missing_column(row: Mapping[str, str], action: str) -> str:
    """Return the first column that a row of an action lacks, "" when none."""
    return next((name for name in COLUMNS.get(action, ()) if name not in row), "")
