"""The EHR as the harness sees it, out of band: its journal, its faults, its clock and what it really holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from gauntlet.control import Control
from gauntlet.errors import Inconclusive
from gauntlet.result import FaultWindow
from gauntlet.steps import step
from synthetic.edge_cases.exact_json import dumps

Entry = Mapping[str, Any]  # one entry of the mock EHR's journal

_PAGE = 1000  # entries of the journal
TOKEN_LIFETIME_S = 3600.0  # of the EHR's tokens, unless a check wants another


@dataclass
class ArmedFault:
    """A fault in force at the EHR."""

    id: str
    name: str
    definition: str
    started: float  # epoch seconds
    ended: float | None = None
    applied: int = 0

    def window(self, origin: float) -> FaultWindow:
        """Return it as evidence, times in ms from `origin` (epoch seconds)."""
        ended = self.ended if self.ended is not None else time.time()
        return FaultWindow(
            name=self.name,
            where="ehr",
            started_ms=(self.started - origin) * 1000,
            ended_ms=(ended - origin) * 1000,
            applied=self.applied,
            definition=self.definition,
        )


class Ehr:
    """Control client of the mock EHR."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._position = 0
        self.faults: list[ArmedFault] = []  # every fault armed since the last `forget_faults`
        self._altered: dict[str, bool] = {}
        self.recorded: Callable[[str], str] = str  # the EHR's id of a patient, where a gateway makes its own

    @property
    def altered(self) -> bool:
        """Whether the clock or the lifetime of tokens is not as it is at the start of a run."""
        return any(self._altered.values())

    @property
    def control(self) -> Control:
        """The EHR's control port, for what is registered there."""
        return self._control

    def mark(self) -> int:
        """Return the journal's position now; `calls(since=mark)` yields what came later.

        Not the journal's own `next`, which stays behind as long as a request is still being served.
        """
        entries = self._control.call("GET", "/journal", since=self._position)["entries"]
        self._position = max((int(entry["seq"]) for entry in entries), default=self._position)
        return self._position

    def count(self, *, since: int) -> int:
        """Return how many data requests came later than `since`."""
        return len(self.calls(since=since))

    def counters(self) -> Mapping[str, Any]:
        """Return counts since the EHR's start: `total` calls, `open` ones, `exchanges` by status and the like."""
        counted: Mapping[str, Any] = self._control.call("GET", "/counters")
        return counted

    def calls(
        self,
        *,
        since: int,
        patient: str | None = None,
        kind: str | None = "data",
        interaction: str | None = None,
    ) -> list[Entry]:
        """Return journal entries later than `since`, of one patient, kind or interaction if given."""
        step(f"asks the EHR's journal of {kind or 'everything'}")
        params: dict[str, str | int] = {"since": since}
        if patient is not None:
            params["patient"] = self.recorded(patient)
        if kind is not None:
            params["kind"] = kind
        entries: list[Entry] = self._control.call("GET", "/journal", **params)["entries"]
        return [entry for entry in entries if interaction in (None, entry["interaction"])]

    def patients(self) -> set[str]:
        """Return the patients of all data requests so far; the journal is read in pages, for it may be long."""
        found: set[str] = set()
        since = 0
        while page := self._control.call("GET", "/journal", since=since, kind="data", limit=_PAGE)["entries"]:
            found.update(patient for entry in page for patient in entry["patients"])
            since = int(page[-1]["seq"])
        return found

    def token_calls(self, *, since: int) -> list[Entry]:
        """Return the calls at the token endpoint later than `since`."""
        return self.calls(since=since, kind="token")

    def register_keys(self, client_id: str, jwks: Mapping[str, Any]) -> None:
        """Let the client prove itself by these public keys and no others."""
        self._control.call("PUT", f"/clients/{client_id}", {"jwks": dict(jwks), "scopes": ["system/*.*"]})

    def show_certificate(self, kind: str) -> None:
        """Show another certificate to TLS connections from now on: good, expired, other-host, self-signed, ..."""
        self._control.call("PUT", "/tls", {"shown": kind})

    def publish_at(self, url: str) -> None:
        """Let the EHR take `url` for its own address: in links, and as the audience of assertions."""
        self._control.call("PUT", "/public-url", {"url": url})

    def failed_handshakes(self, *, since: int) -> list[Entry]:
        """Return the TLS handshakes later than `since` that came to nothing."""
        return self.calls(since=since, kind="connection", interaction="handshake")

    def arm(self, spec: Mapping[str, Any]) -> ArmedFault:
        """Arm a fault until it is disarmed. Checks use `fault`, which takes it away again."""
        spec = self._about_recorded(spec)
        answer = self._control.call("POST", "/faults", spec)
        definition = orjson.dumps(spec, option=orjson.OPT_INDENT_2).decode()
        armed = ArmedFault(answer["id"], answer["name"], definition, time.time())
        self.faults.append(armed)
        step(f"fault {armed.name} at the EHR")
        return armed

    def _about_recorded(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        match = spec.get("match", {})
        if "patient" not in match:
            return dict(spec)
        return {**spec, "match": {**match, "patient": self.recorded(match["patient"])}}

    @contextmanager
    def fault(self, spec: Mapping[str, Any]) -> Iterator[ArmedFault]:
        """Arm a fault for the length of the block; `applied` counts how often it took effect."""
        armed = self.arm(spec)
        try:
            yield armed
        finally:
            self.refresh(armed)
            armed.ended = time.time()
            self._control.call("DELETE", f"/faults/{armed.id}")

    def refresh(self, armed: ArmedFault) -> int:
        """Update and return how often `armed` has taken effect."""
        for item in self._control.call("GET", "/faults"):
            if item["id"] == armed.id:
                armed.applied = int(item["applied"])
        return armed.applied

    def require_applied(self, armed: ArmedFault, times: int = 1) -> None:
        """Raise Inconclusive unless `armed` has taken effect at least `times`."""
        applied = armed.applied if armed.ended is not None else self.refresh(armed)
        if applied < times:
            raise Inconclusive(
                f"the fault {armed.name!r} took effect {applied} times at the EHR, {times} are needed: "
                "it proves nothing"
            )
        step(f"fault {armed.name} took effect")

    def held(self, resource_type: str, patient: str) -> list[dict[str, Any]]:
        """Return everything of `resource_type` that the EHR holds for `patient`, written and held records included."""
        step(f"asks what {resource_type} the EHR holds")
        answer = self._control.call("GET", f"/resources/{resource_type}", patient=self.recorded(patient))
        resources: list[dict[str, Any]] = answer["resources"]
        return resources

    def written(self, resource_type: str, patient: str) -> list[dict[str, Any]]:
        """Return the records that were created during the run."""
        return [item for item in self.held(resource_type, patient) if item["written"]]

    @contextmanager
    def changed(self, resource_type: str, resource_id: str, patch: Mapping[str, Any]) -> Iterator[None]:
        """Change a record as a clinician does (merge patch) for the length of the block."""
        self._control.call("PATCH", f"/resources/{resource_type}/{resource_id}", dict(patch))
        try:
            yield
        finally:
            self._control.call("POST", f"/resources/{resource_type}/{resource_id}/revert")

    @contextmanager
    def added(self, resource: Mapping[str, Any]) -> Iterator[None]:
        """Hold one more record for the length of the block."""
        path = f"/resources/{resource['resourceType']}/{resource['id']}"
        self._control.call("PUT", path, dict(resource))
        try:
            yield
        finally:
            self._control.call("POST", f"{path}/revert")

    @contextmanager
    def removed(self, resource_type: str, resource_id: str) -> Iterator[None]:
        """Hold a record no more for the length of the block."""
        self._control.call("DELETE", f"/resources/{resource_type}/{resource_id}")
        try:
            yield
        finally:
            self._control.call("POST", f"/resources/{resource_type}/{resource_id}/revert")

    def expire_paging(self) -> None:
        """Let every search session die at once: next links no longer work."""
        step("expires the EHR's searches")
        self._control.call("POST", "/paging/expire")

    def put(self, resource: Mapping[str, Any]) -> None:
        """Put a resource into the EHR, new or in the place of the old one; decimals keep their digits."""
        self._control.send("PUT", f"/resources/{resource['resourceType']}/{resource['id']}", dumps(dict(resource)))

    def patch(self, resource_type: str, resource_id: str, changes: Mapping[str, Any]) -> None:
        """Change a resource by a merge patch (RFC 7396)."""
        self._control.call("PATCH", f"/resources/{resource_type}/{resource_id}", dict(changes))

    def remove(self, resource_type: str, resource_id: str) -> None:
        """Remove a resource."""
        self._control.call("DELETE", f"/resources/{resource_type}/{resource_id}")

    def decide_consent(self, patient: str, decision: str) -> None:
        """Let a patient revoke every consent, or permit or deny everything anew."""
        step(f"decides consent: {decision}")
        self._control.call("POST", f"/patients/{self.recorded(patient)}/consent", {"decision": decision})

    def merge(self, patient: str, into: str) -> None:
        """Merge a patient's record into another one."""
        step("merges patients at the EHR")
        self._control.call("POST", f"/patients/{self.recorded(patient)}/merge", {"into": self.recorded(into)})

    def expire_tokens(self) -> None:
        """Let every token that the EHR has issued die at once."""
        step("expires the EHR's tokens")
        self._control.call("POST", "/tokens/expire")

    def set_token_lifetime(self, seconds: float) -> None:
        """Set the lifetime of tokens issued from now on."""
        step("sets the lifetime of the EHR's tokens")
        self._altered["token lifetime"] = seconds != TOKEN_LIFETIME_S
        self._control.call("PUT", "/tokens", {"lifetime_s": seconds})

    def set_clock(self, offset_s: float) -> None:
        """Move the EHR's clock by `offset_s` seconds against the real one."""
        step("sets the EHR's clock")
        self._altered["clock"] = offset_s != 0
        self._control.call("PUT", "/clock", {"offset_s": offset_s})

    def disarm(self) -> None:
        """Remove all faults and put clock and token lifetime back, whatever a check left behind."""
        self._control.call("DELETE", "/faults")
        self.set_clock(0)
        self.set_token_lifetime(TOKEN_LIFETIME_S)

    def forget_faults(self) -> None:
        """Start a new list of armed faults, at the start of a check."""
        self.faults = []
