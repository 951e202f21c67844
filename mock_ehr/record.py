"""A record, the unit of everything the mock serves, and what it asks of a population."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mock_ehr import exact_json

Key = tuple[str, str]  # resource type and id


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


class DirectoryLike(Protocol):
    """The resources that charts share: staff, organizations, locations, medications, schedules, slots."""

    @property
    def types(self) -> Sequence[str]:
        """The resource types in here."""

    def find(self, resource_type: str, id: str) -> ResourceLike | None:  # noqa: A002 - the population's own word
        """Return one resource, None when there is none."""

    def of_type(self, resource_type: str) -> Iterable[ResourceLike]:
        """Return all resources of a type."""

    def slots(self, schedule_id: str) -> Iterable[ResourceLike]:
        """Return the slots of a Schedule in order of time."""


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

    def directory(self) -> DirectoryLike:
        """Return what charts share."""


@dataclass(slots=True)
class Record:
    """One resource as the vendor shows it. Never changed in place: a change is a new record (`Store.put`).

    `patient` is "" for what belongs to no chart. `values` keeps its search values once they were needed.
    """

    type: str
    id: str
    patient: str
    json: bytes
    written: bool = False
    held: bool = False  # in the holding area: neither found nor readable until a clinician reconciles it
    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    version: int = 1  # counts the changes since the population was made
    chart: int = -1  # index of the chart that it was generated with
    # address of a FHIR base, the id, and what stands before the JSON in a bundle's entry there
    entry: tuple[str, str, bytes] = ("", "", b"")

    def body(self) -> dict[str, Any]:
        """Return the parsed JSON, decimals exact."""
        parsed: dict[str, Any] = exact_json.loads(self.json)
        return parsed
