"""The gateway's audit trail: JSON lines whose fields the target file maps to our names.

A trail that comes by HTTP or syslog is read from its mirror, a file of such lines.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import orjson

from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.lab import Lab
from gauntlet.observe.audit_event import record_of
from gauntlet.observe.audit_http import HttpTrail
from gauntlet.observe.syslog_receiver import SyslogReceiver
from gauntlet.placeholder import fill
from gauntlet.receivers import http_trail
from gauntlet.steps import step
from gauntlet.target_observe import AuditField, AuditTrail

FIELDS: tuple[AuditField, ...] = get_args(AuditField)
APPEAR_WITHIN_S = 5.0
VERIFY_LIMIT_S = 60.0


@dataclass(frozen=True)
class AuditTrailReader:
    """Reads one trail. `names` maps our field names to the gateway's; `verify` is the claimed verification command."""

    path: Path | None
    names: dict[str, str]
    verify: tuple[str, ...]
    searching: tuple[str, ...] = ()  # the claimed command that searches the trail
    telling: tuple[str, ...] = ()  # the claimed command that prints it as AuditEvents
    settings: AuditTrail | None = None
    served: HttpTrail | None = None  # where it is fetched from before it is read
    ca_file: Path | None = None  # authority to trust there
    receiver: SyslogReceiver | None = None  # where it comes to

    @classmethod
    def of(cls, lab: Lab) -> AuditTrailReader:
        """Return the reader for `lab`'s target."""
        settings, claim = lab.target.file.observe.audit, lab.target.file.claims.audit
        claimed = (claim.verify, claim.search, claim.events) if claim else ([], [], [])
        verify, search, events = (tuple(fill(part, lab.values, os.environ) for part in command) for command in claimed)
        if settings is None:
            return cls(None, {}, verify, search, events)
        names: dict[str, str] = {name: settings.fields.get(name, name) for name in FIELDS}
        whole = cls(None, names, verify, search, events, settings, ca_file=lab.target.ca_file)
        if settings.file is not None:
            return whole.of_another(lab.values)
        path, served = lab.receivers.trail(settings, lab.values)
        return replace(whole, path=path, served=served, receiver=lab.receivers.syslog)

    def require_all_received(self) -> None:
        """Raise Inconclusive when records were lost on the harness's own side: what is missing may be among them."""
        dropped = self.receiver.dropped() if self.receiver is not None else 0
        if dropped:
            raise Inconclusive(
                f"{dropped} syslog datagrams came faster than this machine could take them: what is missing may be "
                "among them; send the trail over TCP"
            )

    def of_another(self, values: Mapping[str, str]) -> AuditTrailReader:
        """Return the reader of another instance's trail; `values` are its placeholders.

        What comes by syslog has one trail for all instances.
        """
        settings = self.settings
        if settings is None or settings.syslog is not None:
            return self
        if settings.file is not None:
            return replace(self, path=Path(fill(settings.file, values, os.environ)))
        served = http_trail(settings, values, self.ca_file)
        return replace(self, path=served.mirror.path, served=served)

    def of_collector(self, path: Path, receiver: SyslogReceiver) -> AuditTrailReader:
        """Return the reader of a syslog trail that comes to another receiver, whose mirror is `path`."""
        return replace(self, path=path, receiver=receiver)

    def size(self) -> int:
        """Return the trail's length in bytes; `records(since=...)` reads from there."""
        path = self._fresh()
        return path.stat().st_size if path.exists() else 0

    def records(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the records after the first `since` bytes, under our field names (absent fields are None).

        A last line that is still being written is left out. Raises Inconclusive without a readable trail, CheckFailed
        for a line that is not a JSON object.
        """
        lines = self._read(since).splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n") and _json_object(lines[-1]) is None:
            lines.pop()
        return [self._record(line) for line in lines if line.strip()]

    def correlation_ids(self, since: int = 0) -> Iterator[str]:
        """Yield the correlation ids of the records after the first `since` bytes, for trails that are large.

        Raises as `records` does.
        """
        name = self.names.get("correlation_id", "correlation_id")
        flat = not self._events
        try:
            with self._fresh().open("rb") as file:
                file.seek(since)
                for line in file:
                    if line.endswith(b"\n") and line.strip():
                        yield str(self._object(line).get(name) if flat else self._record(line)["correlation_id"])
        except OSError as error:
            raise Inconclusive(f"the audit trail {self.path} cannot be read: {error.strerror}") from None

    def lines(self, since: int = 0) -> list[bytes]:
        """Return the lines after the first `since` bytes as they stand. Raises Inconclusive without a trail."""
        return self._read(since).splitlines()

    def _read(self, since: int) -> bytes:
        path = self._required()
        if self.size() < since:
            raise Inconclusive(f"the audit trail {path} became shorter: it was truncated or rotated meanwhile")
        try:
            with path.open("rb") as file:
                file.seek(since)
                return file.read()
        except OSError as error:
            raise Inconclusive(f"the audit trail {path} cannot be read: {error.strerror}") from None

    def wait_for(
        self,
        since: int,
        wanted: Callable[[dict[str, Any]], bool],
        count: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> list[dict[str, Any]]:
        """Return the `wanted` records after `since`, once there are `count` or `APPEAR_WITHIN_S` have passed."""
        deadline = clock() + APPEAR_WITHIN_S
        while True:
            found = [record for record in self.records(since) if wanted(record)]
            if len(found) >= count or clock() > deadline:
                return found
            time.sleep(0.05)

    def verification(self, trail: Path) -> tuple[bool, str]:
        """Run the claimed verification command on `trail`; return whether it found it intact, and what it printed."""
        if not self.verify:
            raise Inconclusive("the target file names no verification command: [claims.audit] verify")
        done = _run("verification", [*self.verify, str(trail)])
        return done.returncode == 0, (done.stdout + done.stderr).strip()[:500]

    def search(self, field: str, value: str) -> list[dict[str, Any]]:
        """Return the records whose `field` (our name) is `value`, as the claimed command finds them.

        Raises Inconclusive without a command, CheckFailed when it fails or prints something else.
        """
        if not self.searching:
            raise Inconclusive("the target file names no command that searches the trail: [claims.audit] search")
        command = [*self.searching, str(self._fresh()), self.names[field], value]
        return [self._record(line) for line in self._printed("search", command)]

    def audit_events(self) -> list[dict[str, Any]]:
        """Return the trail as AuditEvents, as the claimed command prints it; raises as `search` does."""
        if not self.telling:
            raise Inconclusive("the target file names no command that gives AuditEvents: [claims.audit] events")
        return [self._object(line) for line in self._printed("AuditEvent", [*self.telling, str(self._fresh())])]

    def _printed(self, what: str, command: list[str]) -> list[bytes]:
        done = _run(what, command)
        if done.returncode:
            raise CheckFailed(
                f"the {what} command {command[0]} failed", expected="exit status 0", actual=done.stderr.strip()[:500]
            )
        return [line for line in done.stdout.encode().splitlines() if line.strip()]

    def _required(self) -> Path:
        if self.path is None:
            raise Inconclusive("the target file names no audit trail: [observe.audit] file, url or syslog")
        return self.path

    def _fresh(self) -> Path:
        """Return where the trail is, after fetching what is new of it."""
        step("asks the audit trail")
        if self.served is not None:
            self.served.fetch()
        return self._required()

    @property
    def _events(self) -> bool:
        return self.settings is not None and self.settings.format == "audit-events"

    def _record(self, line: bytes) -> dict[str, Any]:
        raw = self._object(line)
        if self._events:
            return record_of(raw)
        return {name: raw.get(theirs) for name, theirs in self.names.items()}

    def _object(self, line: bytes) -> dict[str, Any]:
        raw = _json_object(line)
        if raw is None:
            raise CheckFailed(
                f"the audit trail {self.path} holds a line that is not a JSON object",
                expected="one JSON object a line",
                actual=line.rstrip()[:200].decode("utf-8", errors="replace"),
            )
        return raw


def _run(what: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, timeout=VERIFY_LIMIT_S, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Inconclusive(f"the {what} command {command[0]} did not run: {error}") from None


def _json_object(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
