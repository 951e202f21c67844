"""The plan: whom to load, with which tokens and patients; and the order file that hands it to Locust.

Tokens are secrets: an order file is readable by its owner only and is deleted after the run.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gauntlet.errors import UsageError, closest
from gauntlet.load.interaction import parse_request
from gauntlet.load.profile import Profile

ORDER_VARIABLE = "GAUNTLET_LOAD_PLAN"
TOKEN_MARGIN_S = 30.0  # a token must outlive the run by this much: starting the generator takes a few seconds


class PlanError(UsageError):
    """A plan that cannot be carried out."""


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Token(_Value):
    """A bearer token and the moment it expires (seconds since 1970); its value is never shown."""

    value: str = Field(min_length=1, repr=False, pattern=r"^[\x21-\x7e]+$")
    expires_at: float


class PlannedPatient(_Value):
    """A patient that may be asked for: the values that requests are built from and answers are judged by."""

    values: dict[str, Annotated[str, Field(min_length=1)]]

    @property
    def id(self) -> str:
        """The FHIR id of the Patient resource."""
        return self.values["patient"]


class Plan(_Value):
    """The side of a load run that is not in the profile. `tokens` by role."""

    base_url: str
    tokens: dict[str, Token]
    patients: list[PlannedPatient]
    seed: int
    allow_remote: bool = False
    ca_file: Path | None = None  # certificates (PEM) to trust under TLS beside the public authorities
    code: str = ""  # FILE.py:FUNCTION that is called for each arrival in place of the profile's request
    idempotency_header: str = ""  # for creates; empty: the gateway knows no such keys


class Share(_Value):
    """Which part of the arrivals one of several generators takes: every `workers`-th one from `worker` on."""

    worker: int = Field(0, ge=0)
    workers: int = Field(1, ge=1, le=64)
    ready: Path | None = None  # written by the generator when it could begin
    go: Path | None = None  # awaited by the generator; holds the moment (epoch seconds) at which all begin


class Order(_Value):
    """Everything the Locust process is told, and where it leaves its results."""

    profile: Profile
    plan: Plan
    result: Path
    progress: Path
    parent_pid: int | None = None  # the generator stops when this process is gone
    share: Share = Share()
    enough: Path | None = None  # when this file appears no further arrival is started, and the run is complete


class ChartLike(Protocol):
    """What of a synthetic chart a plan needs."""

    @property
    def id(self) -> str:
        """FHIR id of the Patient."""

    @property
    def mrn(self) -> str:
        """Medical record number."""


def patients_of(charts: Iterable[ChartLike]) -> list[PlannedPatient]:
    """Return the planned patients for synthetic `charts`: values `patient` (FHIR id) and `mrn`."""
    return [PlannedPatient(values={"patient": chart.id, "mrn": chart.mrn}) for chart in charts]


def check_plan(profile: Profile, plan: Plan, now: float, *, margin_s: float = TOKEN_MARGIN_S) -> None:
    """Refuse what could not be carried out, before anything is sent. `now`: seconds since 1970.

    Raises PlanError for a target that is not allowed, no patients, a value or a token that a request needs
    and the plan lacks, and a token that would expire during the run.
    """
    check_address(plan.base_url, allow_remote=plan.allow_remote)
    _check_authority(plan.ca_file)
    if not plan.patients:
        raise PlanError("the plan names no patients, so nothing could be asked for")
    _check_tokens(profile, plan, now, margin_s)
    for request in profile.mix:
        for name in parse_request(request.request).placeholders:
            _check_value(request.name, name, plan.patients)
    for index, patient in enumerate(plan.patients):
        if "patient" not in patient.values:
            raise PlanError(f"patient {index} of the plan lacks the value 'patient' (its FHIR id)")


def _check_authority(ca_file: Path | None) -> None:
    if ca_file is None:
        return
    try:
        ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:  # an SSLError is one, too
        raise PlanError(
            f"{ca_file} is no file with certificates (PEM): {error.strerror}",
            hint="name the authority that the gateway's certificate is from",
        ) from None


def _check_tokens(profile: Profile, plan: Plan, now: float, margin_s: float) -> None:
    needed = profile.duration_s + profile.limits.drain_s + margin_s
    for role in profile.roles:
        token = plan.tokens.get(role)
        if token is None:
            raise PlanError(
                f"profile {profile.name} asks as {role!r}, the plan has no token for that role",
                hint=f"needed: {', '.join(profile.roles)}; given: {', '.join(plan.tokens) or 'none'}",
            )
        if token.expires_at - now < needed:
            raise PlanError(
                f"the token of role {role!r} lives {token.expires_at - now:.0f} s, the run needs {needed:.0f} s",
                hint="issue longer-lived tokens, or shorten the run; tokens are not renewed during a run",
            )


def _check_value(request: str, name: str, patients: list[PlannedPatient]) -> None:
    for index, patient in enumerate(patients):
        if name not in patient.values:
            raise PlanError(
                f"request {request!r} needs {{{name}}}, patient {index} of the plan lacks it"
                f"{closest(name, patient.values)}",
                hint=f"values given: {', '.join(sorted(patient.values))}",
            )


def check_address(base_url: str, *, allow_remote: bool) -> tuple[str, int, str]:
    """Return host, port and path prefix of `base_url`.

    Raises PlanError for anything but an http or https URL, and for a host that is not this machine unless
    `allow_remote`.
    """
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise PlanError(f"{base_url!r} is not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise PlanError(f"{base_url!r} is not a FHIR base URL", hint="give one such as http://127.0.0.1:8080/fhir/R4")
    if not (allow_remote or _is_loopback(host)):
        raise PlanError(
            f"refusing to load {host}: it is not this machine (loopback), and a load test of the"
            " wrong address takes a hospital's interface down",
            hint="allow it explicitly (allow_remote) once the owner of that address has agreed",
        )
    return host, port, parts.path.rstrip("/")


def is_secured(base_url: str) -> bool:
    """Return whether `base_url` is reached with TLS."""
    return urlsplit(base_url).scheme == "https"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def write_order(order: Order, folder: Path) -> Path:
    """Write `order` to a new file in `folder` that only its owner can read; return its path."""
    handle, name = tempfile.mkstemp(prefix="order-", suffix=".json", dir=folder)  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(order.model_dump_json())
    return Path(name)


def read_order(path: Path, now: float) -> Order:
    """Read and check an order file. Raises PlanError, without repeating any value: it holds tokens."""
    try:
        order = Order.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PlanError(f"load plan {path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        where = "; ".join(".".join(map(str, item["loc"])) + ": " + item["type"] for item in error.errors())
        raise PlanError(f"load plan {path} is not valid: {where}") from None
    check_plan(order.profile, order.plan, now, margin_s=0)  # the margin is for getting here
    return order
