"""An Allscripts site without sockets, on a clock that the test turns, and a client of each of its two APIs."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwk, jwt

from mock_ehr.clock import Clock
from mock_ehr.ehr import MockEhr
from mock_ehr.faults import FaultBook
from mock_ehr.journal import Journal
from mock_ehr.message import Ending, Reply, Request
from mock_ehr.paging import Sessions
from mock_ehr.state import State
from mock_ehr.store import Store
from mock_ehr.throttle import Throttle
from mock_ehr.tokens import Tokens
from mock_ehr.vendor import Dress, SiteOrder, Vendor
from mock_ehr.vendors.allscripts.kind import open_site
from synthetic.population import Chart, Population
from tests.mock_ehr.replies import Seen, parse_reply

PUBLIC = "http://ehr.test"
UNITY = "/Unity/UnityService.svc/json"
FHIR = "/fhirroute/fhir/10099001"
TOKEN_PATH = "/fhirroute/authorizationV2/10099001/connect/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
START = 1_781_546_400.0  # 15 June 2026, 14:00 in the hospital
NEEDED = ("DocumentReference", "Immunization", "Procedure", "RelatedPerson")
SEVERAL = ("Condition", "Encounter", "MedicationRequest", "ServiceRequest")
POPULATION = Population(7, 40)
KEYS = "Action AppUserID Appname PatientID Token Parameter1 Parameter2 Parameter3 Parameter4 Parameter5 Parameter6 Data"


def is_rich(chart: Chart) -> bool:
    """Whether a chart has something of nearly everything, and an appointment that is still to come."""
    return (
        all(chart.of_type(name) for name in NEEDED)
        and all(len(chart.of_type(name)) > 1 for name in SEVERAL)
        and any(b'"status":"booked"' in one.json for one in chart.of_type("Appointment"))
    )


RICH = next(index for index in range(39) if is_rich(POPULATION.chart(index)))  # not the last one: it has a neighbour
PATIENT, NEIGHBOUR, VISIT = str(RICH + 1), str(RICH + 2), f"{RICH + 1}0001"  # as Unity calls them


@dataclass
class Ticker:
    """A clock that stands still until it is told to go on."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Clinic:
    """A site with a service user `svc` (password pw), the EHR user `jdoe` (password jp) and the FHIR client `app`."""

    ehr: MockEhr
    vendor: Vendor
    state: State
    ticker: Ticker
    key: jwk.RSAKey
    token: str = ""
    bearer: str = ""
    replies: list[Reply] = field(default_factory=list)

    def send(self, request: Request) -> Seen:
        outcome = self.ehr.handle(request)
        if isinstance(outcome, bytes):
            return parse_reply(Reply(outcome, lambda _outcome: None))
        reply = outcome if isinstance(outcome, Reply) else asyncio.run(resolve(outcome))
        self.replies.append(reply)
        if reply.ending is not Ending.HANG:
            reply.done("answered" if reply.ending is Ending.KEEP else "dropped")
        return parse_reply(reply)

    # -- Unity --

    def post(self, path: str, body: Any, content_type: str = "application/json") -> Seen:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(Request("POST", path, "", {"content-type": content_type}, data))

    def get_token(self, username: str = "svc", password: str = "pw", **more: str) -> Seen:
        return self.post(f"{UNITY}/GetToken", {"Username": username, "Password": password, **more})

    def body(self, action: str, patient: str = "", *parameters: str | None, **changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = dict.fromkeys(KEYS.split(), "")
        made |= {"Action": action, "AppUserID": "jdoe", "Appname": "Test", "PatientID": patient, "Token": self.token}
        made |= {f"Parameter{number}": value for number, value in enumerate(parameters, 1)}
        return made | changes

    def magic(self, action: str, patient: str = "", *parameters: str | None, **changes: Any) -> Seen:
        return self.post(f"{UNITY}/MagicJson", self.body(action, patient, *parameters, **changes))

    def rows(self, action: str, patient: str = "", *parameters: str | None, **changes: Any) -> list[dict[str, str]]:
        """The rows of an action that works, whatever its key."""
        seen = self.magic(action, patient, *parameters, **changes)
        assert seen.status == 200, seen.body
        ((_, rows),) = seen.json()[0].items()
        assert isinstance(rows, list), rows
        return rows

    def error(self, action: str, patient: str = "", *parameters: str | None, **changes: Any) -> str:
        """The text of an action that fails with status 200."""
        seen = self.magic(action, patient, *parameters, **changes)
        assert seen.status == 200, seen.body
        assert list(seen.json()[0]) == ["Error"], seen.body
        return str(seen.json()[0]["Error"])

    def log_in(self) -> None:
        self.token = self.get_token().body.decode()
        assert self.rows("GetUserAuthentication", "", "jp")[0]["ValidUser"] == "YES"

    # -- FHIR --

    def assertion(self, key: jwk.RSAKey | None = None, life: int = 300, **claims: Any) -> str:
        now, signer = int(self.state.clock.now()), key or self.key
        good = {"iss": "app", "sub": "app", "aud": PUBLIC + TOKEN_PATH, "jti": str(uuid.uuid4()), "iat": now}
        return jwt.encode(
            {"alg": "RS384", "kid": signer.kid}, {**good, "exp": now + life, **claims}, signer, algorithms=["RS384"]
        )

    def ask_token(self, assertion: str, **changes: str) -> Seen:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "scope": "system/*.read"}
        form |= {"client_assertion": assertion} | changes
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in form.items() if value)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self.send(Request("POST", TOKEN_PATH, "", headers, body.encode()))

    def fhir(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Seen:
        place, _, query = path.removeprefix(PUBLIC).removeprefix(FHIR).lstrip("/").partition("?")
        shown = {"authorization": f"Bearer {self.bearer}"} | headers
        return self.send(Request(method, f"{FHIR}/{place}", query, shown, body))

    # -- out of band --

    def written(self, resource_type: str) -> list[dict[str, Any]]:
        return [record.body() for record in self.state.store.written() if record.type == resource_type]

    def journal(self) -> list[dict[str, Any]]:
        return [entry.as_dict() for entry in self.state.journal.since(0)[0]]


async def resolve(pending: Any) -> Reply:
    reply = await pending
    assert isinstance(reply, Reply)
    return reply


def new_clinic(population: Population, key: jwk.RSAKey, *quirks: str) -> Clinic:
    ticker = Ticker()

    def new_state(
        dress: Dress, *, page_lifetime_s: float, new_token: Callable[[], str] | None = None, **others: Any
    ) -> State:
        assert new_token is not None
        clock = Clock(ticker)
        return State(
            clock=clock,
            monotonic=ticker,
            store=Store(population, dress, **others),
            tokens=Tokens(clock.now, new_token),
            sessions=Sessions(clock.now, 7, page_lifetime_s),
            journal=Journal(ticker, ticker),
            faults=FaultBook(ticker),
            throttle=Throttle(ticker),
            public_url=PUBLIC,
        )

    vendor, state = open_site(SiteOrder(population, 7, "", quirks, new_state))
    clinic = Clinic(MockEhr(vendor, state), vendor, state, ticker, key)
    vendor.register(
        "svc", {"password": "pw", "users": {"jdoe": {"password": "jp"}, "old": {"password": "o", "expired": True}}}
    )
    vendor.register("app", {"jwks": {"keys": [key.as_dict(private=False)]}, "scopes": ["system/*.read"]})
    return clinic
