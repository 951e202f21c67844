"""A world around one gateway: an issuer and an EHR that do what a test scripts, all in this process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from reference_gateway.building import build
from reference_gateway.client_limits import ClientLimit, ClientLimits
from reference_gateway.clock import Clock
from reference_gateway.composition import Parts
from reference_gateway.defects import parts_with
from reference_gateway.gateway import Gateway
from reference_gateway.serve import listen
from reference_gateway.settings import Settings
from tests.reference_gateway.resources import FHIR, encounter, observation, patient
from tests.reference_gateway.scripted_ehr import Ehr


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
    gateway: Gateway

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


async def _serve(stack: AsyncExitStack, routes: list[web.RouteDef]) -> str:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@asynccontextmanager
async def open_world(
    ring: dict[str, RSAKey], folder: Path, *, defect: str = "", hasty: bool = True, **changes: Any
) -> AsyncIterator[World]:
    """Open a world; a `hasty` gateway waits a tenth of the time it means to."""
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
            attempt_timeout_s=1.5,
            latency_budget_s=5.0,
            breaker_open_s=0.3,
            drain_s=1.0,
        )
        settings = replace(settings, **changes)
        clock = Clock(sleep=lambda seconds: asyncio.sleep(seconds / 10)) if hasty else Clock()
        parts = parts_with(defect) if defect else Parts()
        built = await build(settings, parts, stack, clock)
        url = await listen(settings, parts, built, stack)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ehr.hold(patient(), patient("pat2"), observation("obs1"), observation("obs2", "pat2"), encounter("enc1"))
        yield World(url, settings, issuer, ehr, session, built.gateway)
