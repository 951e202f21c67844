"""A world around one gateway: an issuer and an EHR that do what a test scripts, both in this process."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from reference_gateway.assembly import build
from reference_gateway.client_limits import ClientLimit, ClientLimits
from reference_gateway.composition import Parts
from reference_gateway.defects import parts_with
from reference_gateway.serve import listen
from reference_gateway.settings import Settings

LOINC = "http://loinc.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
FHIR = "application/fhir+json"


def patient(name: str = "pat1") -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": name,
        "extension": [
            {"url": "http://open.epic.com/FHIR/StructureDefinition/extension/legal-sex", "valueString": "Female"}
        ],
        "identifier": [
            {"type": {"text": "INTERNAL"}, "system": "urn:oid:1.2", "value": "   Z123"},
            {"type": {"text": "MRN"}, "system": "urn:oid:1.2.3", "value": f"M-{name}"},
        ],
        "name": [{"family": "Quintessence", "given": ["Zelda"]}],
        "gender": "female",
        "birthDate": "1970-02-03",
    }


def observation(name: str, owner: str = "pat1", **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{owner}"},
        "effectiveDateTime": "2026-06-01T08:00:00Z",
        "valueQuantity": {"value": 1.5, "unit": "/min"},
        **changes,
    }


def encounter(name: str, owner: str = "pat1") -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished",
        "class": {"system": "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260", "code": "4"},
        "subject": {"reference": f"Patient/{owner}"},
    }


def allergy(owner: str = "pat1", **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"system": f"{TERMINOLOGY}allergyintolerance-clinical", "code": "active"}]},
        "code": {"text": "Penicillin"},
        "patient": {"reference": f"Patient/{owner}"},
        **changes,
    }


def vital(owner: str = "pat1", **changes: Any) -> dict[str, Any]:
    body = observation("x", owner, **changes)
    del body["id"]
    return body


Scripted = Callable[["Ehr", web.Request, bytes], Any]  # returns a web.Response, None (go on as usual), or awaits


@dataclass
class Seen:
    """One request that reached the EHR."""

    at: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Ehr:
    """A scripted EHR: records by address, writes kept, one scripted answer per request while the script lasts."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    script: list[Scripted] = field(default_factory=list)
    always: Scripted | None = None
    token_calls: list[dict[str, str]] = field(default_factory=list)
    token_script: Callable[[], web.Response | None] = lambda: None
    live_tokens: set[str] = field(default_factory=set)
    token_lifetime_s: float = 3600
    token_delay_s: float = 0
    page_size: int = 1000
    sessions: dict[str, tuple[list[dict[str, Any]], int, int]] = field(default_factory=dict)
    base: str = ""

    def hold(self, *resources: dict[str, Any]) -> None:
        for resource in resources:
            self.held[f"{resource['resourceType']}/{resource['id']}"] = resource

    def calls(self, method: str = "GET") -> list[Seen]:
        return [item for item in self.seen if item.method == method and item.path != "metadata"]

    async def token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.token_calls.append({name: str(value) for name, value in form.items()})
        await asyncio.sleep(self.token_delay_s)
        scripted = self.token_script()
        if scripted is not None:
            return scripted
        token = f"ehr-token-{len(self.token_calls)}"
        self.live_tokens.add(token)
        lifetime = self.token_lifetime_s
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": lifetime, "scope": "x"})

    async def data(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.match_info["tail"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(time.monotonic(), request.method, path, request.query_string, headers, body))
        if path == "metadata":
            return web.json_response({"resourceType": "CapabilityStatement"})
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.live_tokens:
            return web.json_response("", status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        scripted = self.script.pop(0) if self.script else self.always
        if scripted is not None:
            answer = scripted(self, request, body)
            answer = await answer if asyncio.iscoroutine(answer) else answer
            if answer is not None:
                return answer
        return self.plain(request, body)

    def plain(self, request: web.Request, body: bytes) -> web.Response:
        path = request.match_info["tail"]
        if request.method == "POST":
            return self.commit(path, body)
        if "/" in path:
            return fhir(self.held[path]) if path in self.held else outcome(404, "59008")
        return self.search(path, request)

    def commit(self, path: str, body: bytes) -> web.Response:
        resource = json.loads(body)
        if path == "Observation" and any(same_reading(resource, item) for item in self.written):
            return outcome(400, "59189")
        self.written.append(resource)
        name = f"new{len(self.written)}"
        if path == "Observation":
            self.hold({**resource, "id": name})
        return web.Response(status=201, headers={"Location": f"{path}/{name}"})

    def search(self, path: str, request: web.Request) -> web.Response:
        key = request.query.get("sessionID", "")
        if key:
            found, start, size = self.sessions[key]
        else:
            found, start = self.matching(path, request), 0
            size = min(int(request.query.get("_count", self.page_size)), self.page_size)
        shown = found[start : start + size]
        entries: list[dict[str, Any]] = [{"resource": item, "search": {"mode": "match"}} for item in shown]
        if not shown:
            entries = [{"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}}]
        links = [{"relation": "self", "url": f"{self.base}/{path}"}]
        if start + size < len(found):
            key = f"{len(self.sessions) + 1}-ABC"
            self.sessions[key] = (found, start + size, size)
            links.append({"relation": "next", "url": f"{self.base}/{path}?sessionID={key}"})
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(shown), "link": links, "entry": entries}
        return fhir(bundle)

    def matching(self, path: str, request: web.Request) -> list[dict[str, Any]]:
        """Epic's way: patient and _id select, what it does not understand it ignores."""
        found = [item for item in self.held.values() if item["resourceType"] == path]
        owner = request.query.get("patient")
        if owner:
            found = [item for item in found if owner in json.dumps(item)]
        if "_id" in request.query:
            found = [item for item in found if item["id"] == request.query["_id"]]
        return found


def same_reading(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("code", "effectiveDateTime", "subject"))


def fhir(content: Any, status: int = 200) -> web.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": FHIR})


def outcome(status: int, code: str, **headers: str) -> web.Response:
    coding = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "code": code, "display": "secret inside"}
    issue = {"severity": "fatal", "code": "processing", "details": {"coding": [coding], "text": "secret inside"}}
    answer = fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


@dataclass
class Issuer:
    """An issuer whose keys and availability a test decides."""

    keys: dict[str, RSAKey]
    published: list[str]
    url: str = ""
    down: bool = False
    fetches: int = 0

    async def metadata(self, _request: web.Request) -> web.Response:
        document = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"}
        return web.json_response(document, status=503 if self.down else 200)

    async def jwks(self, _request: web.Request) -> web.Response:
        self.fetches += 1
        keys = [self.keys[name].as_dict(private=False) for name in self.published]
        return web.json_response({"keys": keys}, status=503 if self.down else 200)


@dataclass
class Reply:
    """What a consumer got."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def ids(self) -> list[str]:
        return [entry["resource"]["id"] for entry in self.json().get("entry", [])]

    def code(self) -> str:
        return str(self.json()["issue"][0]["code"])


@dataclass
class World:
    """One gateway and everything around it."""

    url: str
    settings: Settings
    issuer: Issuer
    ehr: Ehr
    session: aiohttp.ClientSession

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer.url,
            "sub": "app",
            "aud": self.settings.audience,
            "exp": now + 300,
            "iat": now,
            "nbf": now,
            "jti": "x",
            "scope": "system/*.cruds",
            "client_id": "app",
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: str = "active", header: dict[str, Any] | None = None, **changes: Any) -> str:
        signing = self.issuer.keys[key]
        full = {"alg": "RS256", "typ": "JWT", "kid": signing.kid, **(header or {})}
        return jwt.encode(full, self.claims(**changes), signing, algorithms=["RS256"])

    async def send(self, method: str, path: str, *, token: str | None = "", body: Any = None, **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token()}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", FHIR)
        address = URL(path if path.startswith("http") else f"{self.url}{path}", encoded=True)
        async with self.session.request(method, address, headers=sent, data=data) as answer:
            lower = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, lower, await answer.read())

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.send("GET", f"/fhir/R4/{path}", **options)

    async def post(self, path: str, body: Any, **options: Any) -> Reply:
        return await self.send("POST", f"/fhir/R4/{path}", body=body, **options)

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.settings.audit_file.read_text().splitlines()]


@pytest.fixture
def kit() -> Any:
    """Return the makers of resources and of scripted answers."""
    makers = (patient, observation, encounter, allergy, vital, fhir, outcome)
    return SimpleNamespace(**{maker.__name__: maker for maker in makers})


@pytest.fixture(scope="session")
def ring() -> dict[str, RSAKey]:
    names = ("active", "next", "foreign", "gateway")
    return {
        name: RSAKey.generate_key(
            2048, {"kid": name, "use": "sig", "alg": "RS384" if name == "gateway" else "RS256"}, private=True
        )
        for name in names
    }


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _serve(stack: AsyncExitStack, routes: list[web.RouteDef]) -> str:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@asynccontextmanager
async def _world(
    ring: dict[str, RSAKey], folder: Path, *, defect: str = "", parts: Parts | None = None, **changes: Any
) -> AsyncIterator[World]:
    issuer, ehr = Issuer(ring, ["active"]), Ehr()
    async with AsyncExitStack() as stack:
        issuer.url = await _serve(
            stack, [web.get("/.well-known/openid-configuration", issuer.metadata), web.get("/jwks", issuer.jwks)]
        )
        root = await _serve(
            stack, [web.post("/FHIR/oauth2/token", ehr.token), web.route("*", "/R4/{tail:.*}", ehr.data)]
        )
        ehr.base = f"{root}/R4"
        limits = ClientLimits({"app": ClientLimit("interactive", 1000, 2000)}, ClientLimit("batch", 2, 5))
        settings = Settings(
            listen_host="127.0.0.1",
            listen_port=0,
            base_url="http://127.0.0.1:1/fhir/R4",
            issuer=issuer.url,
            audience="http://127.0.0.1:1/fhir/R4",
            ehr_base_url=ehr.base,
            ehr_token_url=f"{root}/FHIR/oauth2/token",
            ehr_client_id="gateway",
            ehr_key=ring["gateway"],
            state_dir=folder,
            audit_file=folder / "audit.jsonl",
            clients=limits,
            attempt_timeout_s=0.3,
            latency_budget_s=1.5,
            breaker_open_s=0.3,
            drain_s=1.0,
        )
        settings = replace(settings, **changes)
        chosen = parts or (parts_with(defect) if defect else Parts())
        built = await build(settings, chosen, stack)
        url = await listen(settings, built, stack)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ehr.hold(patient(), patient("pat2"), observation("obs1"), observation("obs2", "pat2"), encounter("enc1"))
        yield World(url, settings, issuer, ehr, session)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder in memory where there is one: the tests open hundreds of ledgers, and disks are slow to sync."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def world(ring: dict[str, RSAKey], folder: Path) -> Callable[..., Any]:
    """Return a function that opens a world: world(defect="name", setting=value)."""
    counter = iter(range(100))

    def opened(**options: Any) -> Any:
        chosen = options.pop("folder", None) or folder / f"w{next(counter)}"
        chosen.mkdir(exist_ok=True)
        return _world(ring, chosen, **options)

    return opened
