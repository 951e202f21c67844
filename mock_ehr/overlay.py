"""What changed since the population was made: puts, removals and merges, with the versions before them.

Knows nothing of the population; `mock_ehr.store.Store` lays it over the charts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mock_ehr.record import Key, Record

KEPT_VERSIONS = 20


class Overlay:
    """Changed records by type and id. `current` has None for what was removed."""

    def __init__(self) -> None:
        self.changes = 0  # grows with every change, also with those that take one back
        self.current: dict[Key, Record | None] = {}
        self.merged: dict[str, str] = {}  # patient id -> id of the patient that it was merged into
        self._past: dict[Key, list[Record | None]] = {}
        self._touched: dict[str, dict[Key, None]] = {}  # patient id -> keys that changed, in order
        self._of_type: dict[str, dict[Key, None]] = {}  # resource type -> keys that changed, in order

    def clear(self) -> None:
        """Undo every change."""
        self.changes += 1
        self.current.clear()
        self.merged.clear()
        self._past.clear()
        self._touched.clear()
        self._of_type.clear()

    def set(self, key: Key, record: Record | None, before: Record | None) -> None:
        """Let `record` (None: nothing) take the place of `before`, which is kept as an earlier version."""
        self.changes += 1
        past = self._past.setdefault(key, [])
        past.append(before)
        del past[:-KEPT_VERSIONS]
        self.current[key] = record
        self._of_type.setdefault(key[0], {})[key] = None
        self._touch(key, record, before)

    def undo(self, key: Key) -> bool:
        """Take the last change of `key` back; False when there is none to take back."""
        past = self._past.get(key)
        if not past:
            return False
        self.changes += 1
        before = past.pop()
        self._touch(key, before, self.current[key])
        if past:
            self.current[key] = before
        else:
            del self.current[key]  # as the population has it
        return True

    def _touch(self, key: Key, record: Record | None, before: Record | None) -> None:
        for version in (before, record):
            if version is not None:
                self._touched.setdefault(version.patient, {})[key] = None

    def merge(self, loser: str, survivor: str) -> None:
        """Note that a patient was merged into another one."""
        self.changes += 1
        self.merged[loser] = survivor

    def past(self, key: Key) -> list[Record]:
        """Return the earlier versions, oldest first."""
        return [version for version in self._past.get(key, ()) if version is not None]

    def removed(self, key: Key) -> bool:
        """Return whether a record was here and was removed."""
        return key in self.current and self.current[key] is None and any(self._past.get(key, ()))

    def changed(self, resource_type: str) -> Iterator[Record]:
        """Yield the changed and added records of a type, whosever they are."""
        for key in list(self._of_type.get(resource_type, ())):
            record = self.current.get(key)
            if record is not None:
                yield record

    def apply(self, patient: str, resource_type: str, records: Sequence[Record]) -> list[Record]:
        """Return a patient's `records` of one type with what changed: replaced in place, added at the end."""
        touched = self._touched.get(patient)
        if not touched:
            return list(records)
        known = {(record.type, record.id): record for record in records}
        for key in touched:
            if key[0] == resource_type and key in self.current:
                now = self.current[key]
                if now is not None and now.patient == patient:
                    known[key] = now
                else:
                    known.pop(key, None)
        return list(known.values())

    def of_patient(self, patient: str) -> Iterator[Record]:
        """Yield the changed and added records that are the patient's now; "" for what is nobody's."""
        for key in list(self._touched.get(patient, ())):
            now = self.current.get(key)
            if now is not None and now.patient == patient:
                yield now
