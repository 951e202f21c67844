"""What a vendor's double offers to the core. All differences between vendors lie behind this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mock_ehr.charts import Dress, DressShared, plain
from mock_ehr.doors import Door
from mock_ehr.facts import Facts
from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.store import PopulationLike
from mock_ehr.tokens import Grant

if TYPE_CHECKING:
    from mock_ehr.state import State


@dataclass(slots=True)
class Visit:
    """A request together with what is known of it. `route` is the vendor's own business.

    `distance` above 0 asks for the data of the patient that many charts away: the wrong-patient fault. `shown` is
    what the journal may keep of a body that holds credentials; None: the body as it is.
    """

    request: Request
    facts: Facts
    grant: Grant | None = None
    route: Any = None
    distance: int = 0
    shown: bytes | None = None


class Vendor(Protocol):
    """One vendor's behaviour on the wire."""

    def admit(self, request: Request) -> Visit:
        """Find out what the request is about, without answering or judging it. Never raises."""

    def answer(self, visit: Visit) -> Answer | Awaitable[Answer]:
        """Process the request."""

    def failure(self, request: Request, status: int, body: str, headers: Pairs) -> Answer:
        """Return what a failing server says with `status`; `body` is one of `mock_ehr.behaviours.BODIES`."""

    async def prepare(self) -> None:
        """Make what searches will need, a little at a time, while requests are served: nobody has to wait for it."""

    def login_page(self) -> Answer:
        """Return a 200 text/html page."""

    def register(self, client_id: str, raw: object) -> Mapping[str, Any]:
        """Keep a client that the JSON object `raw` describes and return what the control API tells of it.

        Raises mock_ehr.clients.RegistrationError.
        """


class NewState(Protocol):
    """Makes the state of a site on the clock and the randomness that the process runs with."""

    def __call__(
        self,
        dress: Dress,
        *,
        page_lifetime_s: float,
        new_token: Callable[[], str] | None = None,
        dress_shared: DressShared = plain,
    ) -> State:
        """Return a fresh state.

        Tokens are 1000 random characters unless the vendor makes its own. `dress_shared` makes the record of a
        directory entry, which belongs to no chart.
        """


@dataclass(frozen=True, slots=True)
class SiteOrder:
    """What a site is made of. An empty `instance` is the vendor's usual one."""

    population: PopulationLike
    seed: int
    instance: str
    quirks: tuple[str, ...]
    new_state: NewState


@dataclass(frozen=True, slots=True)
class Kind:
    """One vendor in the table of vendors.

    `open_site` raises ValueError for a quirk that does not exist or a population it cannot serve. `doors` tells how to
    get in, from the public address, the instance, and index and id of a patient to try with. `switches` is the
    dataclass of the vendor's quirks, each with its source in its docstring.
    """

    name: str
    open_site: Callable[[SiteOrder], tuple[Vendor, State]]
    doors: Callable[[str, str, int, str], tuple[Door, ...]]
    switches: type
