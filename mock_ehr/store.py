"""What the EHR holds: a virtual population, dressed by the vendor on demand, its directory, and what changed.

Charts are generated when somebody asks and kept, as bytes ready to send, in bounded memory. Changes lie over
them and are undone by `reset`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from mock_ehr import exact_json
from mock_ehr.charts import KEPT_BYTES, Charts, Dress, DressShared, Shared, plain
from mock_ehr.overlay import Overlay
from mock_ehr.record import ChartLike, DirectoryLike, Key, PopulationLike, Record, ResourceLike

__all__ = ["ChartLike", "DirectoryLike", "Key", "PopulationLike", "Record", "ResourceLike", "Store"]


class Store:
    """Population, directory and changes.

    `dress` makes the records of a chart, `dress_shared` the record of a directory entry. Charts are kept up to
    about `keep_bytes` of memory.
    """

    def __init__(
        self,
        population: PopulationLike,
        dress: Dress,
        dress_shared: DressShared = plain,
        keep_bytes: int = KEPT_BYTES,
    ) -> None:
        self.population = population
        self._charts = Charts(population, dress, keep_bytes)
        self._shared = Shared(population.directory(), dress_shared)
        self._overlay = Overlay()

    @property
    def changes(self) -> int:
        """Return a number that is another one after every change."""
        return self._overlay.changes

    # -- what is there --

    def find(self, resource_type: str, resource_id: str) -> Record | None:
        """Return the record of a chart, of the directory or written, also a held one; None without one.

        Also None for a removed one: `removed` tells the difference.
        """
        key = (resource_type, resource_id)
        current = self._overlay.current
        if key in current:
            return current[key]
        return self._charts.find(key) or self._shared.find(key)

    def of_patient(self, patient: str, resource_type: str) -> list[Record]:
        """Return the patient's records of one type, first the chart's, then those added, held ones too.

        Empty for a patient that the EHR never had and, but for its Patient, for one that was merged away.
        """
        return self._overlay.apply(patient, resource_type, self._charts.of_patient(patient, resource_type))

    def of_type(self, resource_type: str) -> Iterator[Record]:
        """Yield the records of a type that belong to no chart: the directory's, then those added.

        For Practitioner, PractitionerRole, Organization, Location, Medication, Schedule and Slot. The records
        of charts are not listed: there may be millions.
        """
        seen: set[Key] = set()
        current = self._overlay.current
        for record in self._shared.of_type(resource_type):
            key = (record.type, record.id)
            now = current.get(key, record)
            if now is not None:
                seen.add(key)
                yield now
        for record in self._overlay.of_patient(""):
            if record.type == resource_type and (record.type, record.id) not in seen:
                yield record

    def slots(self, schedule: str) -> Iterator[Record]:
        """Yield the slots of a Schedule in order of time, as they are now; none for an unknown schedule."""
        for record in self._shared.slots(schedule):
            now = self._overlay.current.get((record.type, record.id), record)
            if now is not None:
                yield now

    def records(self, index: int) -> tuple[Record, ...]:
        """Return the records of chart `index` as they were generated, without changes, the patient first.

        Raises IndexError outside the population.
        """
        return self._charts.records(index)

    def patient_at(self, index: int) -> Record | None:
        """Return the Patient of chart `index` as it is now, None when it was removed. Raises IndexError."""
        head = self._charts.records(index)[0]
        return self._overlay.current.get((head.type, head.id), head)

    def neighbour(self, patient: str, distance: int) -> str:
        """Return the id of the patient `distance` charts further, around the end; "" when it is the same."""
        index = self.population.locate("Patient", patient)
        other = 0 if index is None else (index + distance) % self.population.size
        return "" if other == index else self.records(other)[0].id

    # -- changes --

    def add(self, record: Record) -> None:
        """Keep a record under an id that was never used before."""
        self._overlay.set((record.type, record.id), record, None)

    def put(self, record: Record) -> Record:
        """Replace the record of the same type and id, or add one; return it with its new version number.

        Give a new Record, or `dataclasses.replace(found, json=...)`: found ones stay as they are. `patient`
        may differ from before: the record then moves to that chart.
        """
        key = (record.type, record.id)
        before = self.find(*key)
        versions = [version.version for version in (*self._overlay.past(key), before) if version]
        made = replace(record, values={}, chart=-1, version=max(versions, default=0) + 1)
        self._overlay.set(key, made, before)
        return made

    def remove(self, resource_type: str, resource_id: str) -> bool:
        """Remove a record; False when there is none. `removed` then tells it from what never was."""
        before = self.find(resource_type, resource_id)
        if before is not None:
            self._overlay.set((resource_type, resource_id), None, before)
        return before is not None

    def removed(self, resource_type: str, resource_id: str) -> bool:
        """Return whether there was a record that was removed and not put again."""
        return self._overlay.removed((resource_type, resource_id))

    def history(self, resource_type: str, resource_id: str) -> list[Record]:
        """Return the versions of a record, oldest first, the present one last unless it was removed."""
        now = self.find(resource_type, resource_id)
        return [*self._overlay.past((resource_type, resource_id)), *([now] if now else [])]

    def previous(self, resource_type: str, resource_id: str) -> Record | None:
        """Return the version before the present one (what a stale cache would show), None without one."""
        past = self._overlay.past((resource_type, resource_id))
        return past[-1] if past else None

    def revert(self, resource_type: str, resource_id: str) -> bool:
        """Undo the last `put` or `remove` of a record; False when there is none to undo."""
        return self._overlay.undo((resource_type, resource_id))

    def merge(self, loser: str, survivor: str) -> None:
        """Merge one patient into another: everything of the loser becomes the survivor's, references too.

        The loser's Patient stays, inactive and with a link of type replaced-by (R4 Patient.link); `merged_into`
        names the survivor. Raises LookupError for an unknown patient, ValueError when one is merged already or
        both are the same.
        """
        gone, stays = self.find("Patient", loser), self.find("Patient", survivor)
        if gone is None or stays is None:
            raise LookupError(f"no patient {loser if gone is None else survivor!r}")
        for patient in (loser, survivor):
            if patient in self._overlay.merged or loser == survivor:
                raise ValueError(f"patient {patient!r} cannot be merged: it is merged already, or with itself")
        for record in self._whole_chart(loser):
            if record.type != "Patient":
                moved = record.json.replace(f'"Patient/{loser}"'.encode(), f'"Patient/{survivor}"'.encode())
                self.put(replace(record, patient=survivor, json=moved))
        self.put(linked(gone, survivor, "replaced-by", active=False))
        self.put(linked(stays, loser, "replaces"))
        self._overlay.merge(loser, survivor)

    def merged_into(self, patient: str) -> str:
        """Return the id of the patient that took this one over, at the end of the chain; "" when none did."""
        survivor = self._overlay.merged.get(patient, "")
        while survivor in self._overlay.merged:
            survivor = self._overlay.merged[survivor]
        return survivor

    def _whole_chart(self, patient: str) -> list[Record]:
        index = self.population.locate("Patient", patient)
        made = () if index is None else self.records(index)
        types = dict.fromkeys(record.type for record in (*made, *self._overlay.of_patient(patient)))
        return [record for kind in types for record in self.of_patient(patient, kind)]

    def changed(self, resource_type: str) -> Iterator[Record]:
        """Yield the records of a type that were added or changed since the start, as they are now."""
        return self._overlay.changed(resource_type)

    def is_changed(self, resource_type: str, resource_id: str) -> bool:
        """Return whether the record differs from the population's, or was added or removed."""
        return (resource_type, resource_id) in self._overlay.current

    def written(self) -> Iterable[Record]:
        """Return what clients wrote, in order, as it is now."""
        return [record for record in self._overlay.current.values() if record is not None and record.written]

    def reset(self) -> None:
        """Undo every change: written, put, removed, merged."""
        self._overlay.clear()


def linked(patient: Record, other: str, kind: str, *, active: bool = True) -> Record:
    """Return a Patient with a link to another one (R4 Patient.link; kind replaced-by or replaces)."""
    body: dict[str, Any] = patient.body()
    link = {"other": {"reference": f"Patient/{other}"}, "type": kind}
    body["link"] = [*body.get("link", ()), link]
    if not active:
        body["active"] = False
    return replace(patient, json=exact_json.dumps(body))
