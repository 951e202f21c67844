"""A patient's chart as Unity's rows need it: the store's records, changes included, parsed when a row asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_ehr.store import Store
from mock_ehr.vendors.allscripts.site import Site
from synthetic.chart import Chart
from synthetic.patient import MRN_SYSTEM
from synthetic.writers.record import Body, Record

ROW_TYPES = (
    "Patient",
    "Encounter",
    "Condition",
    "Observation",
    "MedicationRequest",
    "AllergyIntolerance",
    "Appointment",
    "Immunization",
    "Procedure",
    "ServiceRequest",
    "DocumentReference",
    "Coverage",
)


class Bodies(Mapping[str, list[Body]]):
    """The resources of one patient by type, read out of the store when a type is first asked for."""

    def __init__(self, store: Store, patient: str) -> None:
        self._store = store
        self._patient = patient
        self._read: dict[str, list[Body]] = {}

    def __getitem__(self, resource_type: str) -> list[Body]:
        if resource_type not in self._read:
            records = self._store.of_patient(self._patient, resource_type)
            self._read[resource_type] = [record.body() for record in records if not record.held]
        return self._read[resource_type]

    def __iter__(self) -> Iterator[str]:
        return iter(ROW_TYPES)

    def __len__(self) -> int:
        return len(ROW_TYPES)


def index_of(number: str, size: int) -> int | None:
    """Return the chart of a Unity patient id; None when there is none. Raises ValueError when it is no number."""
    if not number.isdecimal() or not number.isascii():
        raise ValueError(number)
    index = int(number[:18]) - 1
    return index if 0 <= index < size else None


def chart_at(site: Site, index: int) -> Record | None:
    """Return the chart of an index as it is now, None when its Patient was removed."""
    head = site.state.store.patient_at(index)
    if head is None:
        return None
    bodies = Bodies(site.state.store, head.id)
    chart = Chart(index, mrn_of(bodies["Patient"][0]), ())
    return Record(chart, site.directory, bodies)


def mrn_of(patient: dict[str, Any]) -> str:
    """Return the medical record number of a Patient."""
    known = (one.get("value", "") for one in patient.get("identifier", ()) if one.get("system") == MRN_SYSTEM)
    return str(next(known, ""))
