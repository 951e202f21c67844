"""An EHR that answers as a test scripts it, and as Epic does otherwise."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.reference_gateway.resources import FHIR

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
        if request.method == "POST" and path.endswith("/_search"):
            return self.search(path.partition("/")[0], dict(parse_qsl(body.decode())))
        if request.method == "POST":
            return self.commit(path, body)
        if request.method == "PUT":
            self.held[path] = json.loads(body)
            return web.Response(status=200)
        if "/" in path:
            return fhir(self.held[path]) if path in self.held else outcome(404, "59008")
        return self.search(path, request.query)

    def commit(self, path: str, body: bytes) -> web.Response:
        resource = json.loads(body)
        if path == "Observation" and any(same_reading(resource, item) for item in self.written):
            return outcome(400, "59189")
        self.written.append(resource)
        name = f"new{len(self.written)}"
        if path == "Observation":
            self.hold({**resource, "id": name})
        return web.Response(status=201, headers={"Location": f"{path}/{name}"})

    def search(self, path: str, query: Mapping[str, str]) -> web.Response:
        key = query.get("sessionID", "")
        if key:
            found, start, size = self.sessions[key]
        else:
            found, start = self.matching(path, query), 0
            size = min(int(query.get("_count", self.page_size)), self.page_size)
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

    def matching(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Epic's way: patient and _id select, what it does not understand it ignores."""
        found = [item for item in self.held.values() if item["resourceType"] == path]
        owner = query.get("patient")
        if owner:
            found = [item for item in found if owner in json.dumps(item)]
        if "_id" in query:
            found = [item for item in found if item["id"] == query["_id"]]
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
