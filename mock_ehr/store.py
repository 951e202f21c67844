"""What the EHR holds: a virtual population, dressed by the vendor on demand, and what was written since.

Charts are generated when somebody asks and kept, as bytes ready to send, in a small least-recently-used
cache.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mock_ehr import exact_json

KEPT_CHARTS = 1000


class ResourceLike(Protocol):
    """A canonical resource of the population."""

    @property
    def type(self) -> str:
        """Resource type."""

    @property
    def id(self) -> str:
        """Logical id."""

    @property
    def json(self) -> bytes:
        """Canonical minified JSON."""


class ChartLike(Protocol):
    """A patient's chart."""

    @property
    def id(self) -> str:
        """Patient id."""

    @property
    def mrn(self) -> str:
        """Medical record number."""

    @property
    def resources(self) -> Sequence[ResourceLike]:
        """Every resource, the patient first."""


class PopulationLike(Protocol):
    """What the store asks of a population."""

    @property
    def size(self) -> int:
        """Number of charts."""

    def chart(self, index: int) -> ChartLike:
        """Return one chart."""

    def patient(self, index: int) -> ResourceLike:
        """Return the Patient resource of one chart, without the rest of it."""

    def locate(self, resource_type: str, id: str) -> int | None:  # noqa: A002 - the population's own word
        """Return the index of the chart that holds the resource."""

    def locate_mrn(self, mrn: str) -> int | None:
        """Return the index of the chart with this MRN."""


@dataclass(slots=True)
class Record:
    """One resource as the vendor shows it. `values` keeps its search values once they were needed."""

    type: str
    id: str
    patient: str
    json: bytes
    written: bool = False
    held: bool = False  # in the holding area: neither found nor readable until a clinician reconciles it
    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the parsed JSON, decimals exact."""
        parsed: dict[str, Any] = exact_json.loads(self.json)
        return parsed


Dress = Callable[[ChartLike], Iterable[Record]]


class Store:
    """Population plus written data."""

    def __init__(self, population: PopulationLike, dress: Dress, keep_charts: int = KEPT_CHARTS) -> None:
        self.population = population
        self._dress = dress
        self._keep = keep_charts
        self._charts: OrderedDict[int, tuple[Record, ...]] = OrderedDict()
        self._of_type: dict[tuple[int, str], list[Record]] = {}
        self._ready: dict[tuple[str, str], tuple[int, Record]] = {}
        self._written: dict[tuple[str, str], Record] = {}
        self._written_of: dict[str, list[Record]] = {}

    def records(self, index: int) -> tuple[Record, ...]:
        """Return the records of chart `index`, the patient first.

        Raises IndexError outside the population.
        """
        known = self._charts.get(index)
        if known is not None:
            self._charts.move_to_end(index)
            return known
        made = tuple(self._dress(self.population.chart(index)))
        self._charts[index] = made
        for record in made:
            self._ready[record.type, record.id] = (index, record)
            self._of_type.setdefault((index, record.type), []).append(record)
        if len(self._charts) > self._keep:
            self._forget(*self._charts.popitem(last=False))
        return made

    def _forget(self, index: int, records: Iterable[Record]) -> None:
        for record in records:
            del self._ready[record.type, record.id]
            self._of_type.pop((index, record.type), None)

    def find(self, resource_type: str, resource_id: str) -> Record | None:
        """Return the record, also a held one; None when the EHR has none."""
        key = (resource_type, resource_id)
        ready = self._ready.get(key)
        if ready is not None:
            self._charts.move_to_end(ready[0])
            return ready[1]
        written = self._written.get(key)
        if written is not None:
            return written
        index = self.population.locate(resource_type, resource_id)
        if index is None:
            return None
        self.records(index)
        found = self._ready.get(key)
        return found[1] if found else None

    def of_patient(self, patient: str, resource_type: str) -> list[Record]:
        """Return the patient's records of one type, first the chart's, then those written, held ones too."""
        index = self.population.locate("Patient", patient)
        if index is None:
            return []
        self.records(index)
        chart = self._of_type.get((index, resource_type), ())
        return [*chart, *(record for record in self._written_of.get(patient, ()) if record.type == resource_type)]

    def neighbour(self, patient: str, distance: int) -> str:
        """Return the id of the patient `distance` charts further, around the end; "" when it is the same."""
        index = self.population.locate("Patient", patient)
        other = 0 if index is None else (index + distance) % self.population.size
        return "" if other == index else self.records(other)[0].id

    def add(self, record: Record) -> None:
        """Keep a written record."""
        self._written[record.type, record.id] = record
        self._written_of.setdefault(record.patient, []).append(record)

    def written(self) -> Iterable[Record]:
        """Return what was written, in order."""
        return self._written.values()

    def reset(self) -> None:
        """Forget what was written."""
        self._written.clear()
        self._written_of.clear()
