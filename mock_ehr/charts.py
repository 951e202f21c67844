"""Charts and directory entries as records ready to send: made when somebody asks, kept in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence

from mock_ehr.record import ChartLike, DirectoryLike, Key, PopulationLike, Record, ResourceLike

Dress = Callable[[ChartLike], Iterable[Record]]
DressShared = Callable[[ResourceLike], Record]

KEPT_BYTES = 52 * 1024 * 1024  # with what else the store needs, 64 MB
RECORD_BYTES = 1200  # what a kept record costs beside its JSON, gaps between blocks of memory included: measured
KEPT_SHARED = 5000
NONE: Sequence[Record] = ()


class Charts:
    """Dressed charts of a virtual population; those used longest ago are forgotten beyond `keep_bytes`."""

    def __init__(self, population: PopulationLike, dress: Dress, keep_bytes: int) -> None:
        self._population = population
        self._dress = dress
        self._keep = keep_bytes
        self._charts: OrderedDict[int, tuple[Record, ...]] = OrderedDict()
        self._of_type: dict[tuple[int, str], list[Record]] = {}
        self._ready: dict[Key, Record] = {}
        self.kept_bytes = 0

    def records(self, index: int) -> tuple[Record, ...]:
        """Return the records of chart `index`, the patient first. Raises IndexError outside the population."""
        known = self._charts.get(index)
        if known is not None:
            self._charts.move_to_end(index)
            return known
        made = tuple(self._dress(self._population.chart(index)))
        self._charts[index] = made
        for record in made:
            record.chart = index
            self._ready[record.type, record.id] = record
            self._of_type.setdefault((index, record.type), []).append(record)
        self.kept_bytes += cost(made)
        while self.kept_bytes > self._keep and len(self._charts) > 1:
            self._forget(*self._charts.popitem(last=False))
        return made

    def _forget(self, index: int, records: Sequence[Record]) -> None:
        self.kept_bytes -= cost(records)
        for record in records:
            self._ready.pop((record.type, record.id), None)
            self._of_type.pop((index, record.type), None)

    def find(self, key: Key) -> Record | None:
        """Return the record of a chart, None when no chart has it."""
        ready = self._ready.get(key)
        if ready is not None:
            self._charts.move_to_end(ready.chart)
            return ready
        index = self._population.locate(*key)
        if index is None:
            return None
        self.records(index)
        return self._ready.get(key)

    def of_patient(self, patient: str, resource_type: str) -> Sequence[Record]:
        """Return the records of one type in a patient's chart; none for a patient of no chart."""
        head = self.find(("Patient", patient))
        return self._of_type.get((head.chart, resource_type), NONE) if head else NONE


class Shared:
    """Directory entries as records, the last `KEPT_SHARED` of them kept."""

    def __init__(self, directory: DirectoryLike, dress: DressShared) -> None:
        self._directory = directory
        self._dress = dress
        self._types = frozenset(directory.types)
        self._kept: OrderedDict[Key, Record] = OrderedDict()

    def find(self, key: Key) -> Record | None:
        """Return an entry, None when the directory has none."""
        if key[0] not in self._types:
            return None
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        found = self._directory.find(*key)
        return self._keep(key, found) if found else None

    def of_type(self, resource_type: str) -> Iterator[Record]:
        """Yield all entries of a type, in the directory's order."""
        if resource_type not in self._types:
            return
        for resource in self._directory.of_type(resource_type):
            key = (resource_type, resource.id)
            yield self._kept.get(key) or self._keep(key, resource)

    def slots(self, schedule: str) -> Iterator[Record]:
        """Yield the slots of a Schedule."""
        for resource in self._directory.slots(schedule):
            key = (resource.type, resource.id)
            yield self._kept.get(key) or self._keep(key, resource)

    def _keep(self, key: Key, resource: ResourceLike) -> Record:
        record = self._kept[key] = self._dress(resource)
        if len(self._kept) > KEPT_SHARED:
            self._kept.popitem(last=False)
        return record


def plain(resource: ResourceLike) -> Record:
    """Return a directory entry as it is, belonging to no patient."""
    return Record(resource.type, resource.id, "", resource.json)


def cost(records: Iterable[Record]) -> int:
    """Return about how many bytes of memory kept records take."""
    return sum(len(record.json) + RECORD_BYTES for record in records)
