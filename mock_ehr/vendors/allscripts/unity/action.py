"""What an action is: its name, what it is about, and the function that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mock_ehr.tokens import Grant
from mock_ehr.vendors.allscripts.clients import ServiceAccount
from mock_ehr.vendors.allscripts.site import Site
from mock_ehr.vendors.allscripts.unity.call import MagicCall
from mock_ehr.vendors.allscripts.unity.charts import chart_at, index_of
from mock_ehr.vendors.allscripts.unity.errors import NOT_NUMERIC, UnityError
from mock_ehr.vendors.allscripts.unity.sessions import Session
from synthetic.writers.record import Record
from synthetic.writers.unity_quirks import Quirks, Row


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that was let in. `distance` above 0: the data of the patient that many charts away."""

    call: MagicCall
    site: Site
    grant: Grant
    account: ServiceAccount
    session: Session
    distance: int = 0

    @property
    def rows(self) -> Quirks:
        """Return how rows are spoilt."""
        return self.site.rows

    def parameter(self, number: int) -> str:
        """Return a parameter without blanks around it."""
        return self.call.parameter(number)

    def index(self) -> int | None:
        """Return the chart that PatientID means, None for a patient that is not here or not named.

        Raises UnityError when it is no number: the database's own message leaks through (U3).
        """
        size = self.site.population.size
        try:
            index = index_of(self.call.patient, size) if self.call.patient else None
        except ValueError:
            raise UnityError(NOT_NUMERIC) from None
        return index if index is None else (index + self.distance) % size

    def chart(self) -> Record | None:
        """Return the patient's chart. Raises UnityError."""
        index = self.index()
        return None if index is None else chart_at(self.site, index)

    def now(self) -> datetime:
        """Return the EHR's time in UTC."""
        return datetime.fromtimestamp(self.site.state.clock.now(), UTC)

    def instant(self) -> str:
        """Return the EHR's time as a FHIR instant, whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Result:
    """What an action answers: rows, the patients they are about, and whether anything was written."""

    rows: Sequence[Row]
    patients: tuple[str, ...] = ()
    committed: bool = False


Work = Callable[[Ask], Result | Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `types` are the FHIR types it is about; where there is one, faults match on it.

    `suffix` is what the result key has behind the name in lower case, `key` the key where it is another altogether.
    `work` None: named in public lists, and not offered here for want of its parameters.
    """

    name: str
    work: Work | None
    interaction: str = "search"
    types: tuple[str, ...] = ()
    kind: str = "data"
    suffix: str = "info"
    key: str = ""
    needs_user: bool = True

    @property
    def result_key(self) -> str:
        """Return the key of the rows."""
        return self.key or self.name.lower() + self.suffix
