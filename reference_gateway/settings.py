"""Settings from the environment. Anything missing or wrong stops the start: the gateway fails closed."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reference_gateway.buckets import Size
from reference_gateway.client_limits import ClientLimits, read_limits
from reference_gateway.consent_settings import ConsentSettings, read_consent_settings
from reference_gateway.endpoint_limits import read_endpoint_limits
from reference_gateway.export_settings import ExportSettings, read_export_settings
from reference_gateway.mutual_tls import MutualTls, read_mutual_tls
from reference_gateway.own_key import read_key
from reference_gateway.routes import UNITY_TYPES
from reference_gateway.second_settings import SecondEhr, read_second
from reference_gateway.unity_settings import UnitySettings, read_unity

T = TypeVar("T")


class SettingsError(Exception):
    """A setting is missing or invalid; the message names it, what is valid and what was found."""


@dataclass(frozen=True)
class Settings:
    """All settings; times in seconds."""

    listen_host: str
    listen_port: int
    base_url: str
    issuer: str
    audience: str
    ehr_base_url: str
    state_dir: Path
    audit_file: Path
    clients: ClientLimits
    ehr_token_url: str = ""
    ehr_client_id: str = ""
    ehr_key: RSAKey | ECKey | None = None  # of client assertions; none in front of Unity
    ehr_key_file: Path | None = None  # where that key is, and where a new one will be
    ehr_ca_file: Path | None = None  # authority of the EHR's certificate (PEM), in place of the system's
    unity: UnitySettings | None = None  # in front of Allscripts Unity only
    mutual_tls: MutualTls | None = None  # None: no address wants client certificates
    consent: ConsentSettings | None = None  # None: consent is not this gateway's business
    exports: ExportSettings = field(default_factory=ExportSettings)
    jwks_url: str = ""
    issuer_client_id: str = ""  # with a secret: the issuer is asked about revoked tokens
    issuer_client_secret: str = field(default="", repr=False)
    facility: str = ""  # tokens that name other facilities are refused
    source: str = "urn:ehr"
    attempt_timeout_s: float = 1.5
    latency_budget_s: float = 4.0
    max_attempts: int = 3
    breaker_failures: int = 5
    breaker_open_s: float = 2.0
    idempotency_keep_s: float = 86400.0
    jwks_max_age_s: float = 5.0
    jwks_max_stale_s: float = 300.0
    clock_leeway_s: float = 30.0
    ehr_concurrency: int = 64
    drain_s: float = 10.0
    rollout_file: Path | None = None
    hosts_file: Path | None = None  # hosts(5): where hosts are looked up before the system is asked
    stale_max_age_s: float | None = None  # answers are kept so long for when the EHR is down; None: none are
    bulk: bool = False  # bulk exports are served
    queue_keep_s: float | None = None  # work is accepted for later and tried so long; None: none is accepted
    non_critical: tuple[str, ...] = ()  # types that give way while `shed_at` calls wait for the EHR
    shed_at: int = 64
    endpoint_limits: Mapping[str, Size] = field(default_factory=dict)  # calls at the EHR by type, whoever asks
    limits_file: Path | None = None  # where all instances on this host count requests; None: each for itself
    ehr_next_base_url: str = ""
    second: SecondEhr | None = None  # None: one EHR only


_NUMBERS: Mapping[str, type[int] | type[float]] = {
    "attempt_timeout_s": float,
    "latency_budget_s": float,
    "max_attempts": int,
    "breaker_failures": int,
    "breaker_open_s": float,
    "idempotency_keep_s": float,
    "jwks_max_age_s": float,
    "jwks_max_stale_s": float,
    "clock_leeway_s": float,
    "ehr_concurrency": int,
    "queue_keep_s": float,
    "stale_max_age_s": float,
    "shed_at": int,
    "drain_s": float,
}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read and check every setting. Raises SettingsError naming the first that is missing or invalid."""
    host, port = _setting(environment, "GATEWAY_LISTEN", _address)
    return Settings(
        listen_host=host,
        listen_port=port,
        base_url=_setting(environment, "GATEWAY_BASE_URL", _url),
        issuer=_setting(environment, "GATEWAY_ISSUER", _issuer),
        audience=_setting(environment, "GATEWAY_AUDIENCE", str),
        ehr_base_url=_setting(environment, "GATEWAY_EHR_BASE_URL", _url),
        **_access(environment),
        ehr_ca_file=_setting(environment, "GATEWAY_EHR_CA_FILE", _ca) if "GATEWAY_EHR_CA_FILE" in environment else None,
        mutual_tls=_mutual_tls(environment),
        consent=_consent(environment),
        bulk=_optional(environment, "GATEWAY_BULK_EXPORT", _switch) or False,
        exports=_exports(environment),
        state_dir=_setting(environment, "GATEWAY_STATE_DIR", _folder),
        audit_file=_setting(environment, "GATEWAY_AUDIT_FILE", _file_in_folder),
        clients=_setting(environment, "GATEWAY_CLIENTS_FILE", _clients),
        jwks_url=_setting(environment, "GATEWAY_JWKS_URL", _url) if "GATEWAY_JWKS_URL" in environment else "",
        source=_setting(environment, "GATEWAY_SOURCE", _uri) if "GATEWAY_SOURCE" in environment else Settings.source,
        **_consumers(environment),
        hosts_file=_optional(environment, "GATEWAY_HOSTS_FILE", Path),
        non_critical=_optional(environment, "GATEWAY_NON_CRITICAL", _types) or (),
        endpoint_limits=_optional(environment, "GATEWAY_ENDPOINT_LIMITS", read_endpoint_limits) or {},
        limits_file=_optional(environment, "GATEWAY_LIMITS_FILE", _file_in_folder),
        rollout_file=_optional(environment, "GATEWAY_ROLLOUT_FILE", _file_in_folder),
        ehr_next_base_url=_optional(environment, "GATEWAY_EHR_NEXT_BASE_URL", _url) or "",
        second=_second(environment),
        **_numbers(environment),
    )


def _consumers(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what may be set about consumers' tokens: credentials at the issuer, both or none, and the facility."""
    names = {"issuer_client_id": "GATEWAY_ISSUER_CLIENT_ID", "issuer_client_secret": "GATEWAY_ISSUER_CLIENT_SECRET"}
    given = any(name in environment for name in names.values())
    credentials = {field: _setting(environment, name, str) for field, name in names.items()} if given else {}
    return {**credentials, "facility": environment.get("GATEWAY_FACILITY", "")}


def _consent(environment: Mapping[str, str]) -> ConsentSettings | None:
    """Return the settings of consent, None where GATEWAY_CONSENT is not `enforced`."""
    mode = environment.get("GATEWAY_CONSENT", "").strip()
    if mode not in ("", "enforced"):
        raise SettingsError(f"GATEWAY_CONSENT is invalid: {mode!r} is not `enforced`; hint: unset it")

    def setting(name: str, read: Callable[[str], T]) -> T:
        return _setting(environment, name, read)

    return read_consent_settings(setting) if mode else None


def _exports(environment: Mapping[str, str]) -> ExportSettings:
    """Return where audit trail and metrics go beside their files."""

    def setting(name: str, read: Callable[[str], T]) -> T:
        return _setting(environment, name, read)

    return read_export_settings(environment, setting)


def _mutual_tls(environment: Mapping[str, str]) -> MutualTls | None:
    """Return the settings of the address that wants client certificates, None where none of them is given."""
    if not any(name.startswith("GATEWAY_MTLS_") for name in environment):
        return None

    def setting(name: str, read: Callable[[str], T]) -> T:
        return _setting(environment, name, read)

    return read_mutual_tls(setting, _address)


def _second(environment: Mapping[str, str]) -> SecondEhr | None:
    """Return the settings of the second EHR, None where none of them is given."""

    def setting(name: str, read: Callable[[str], T]) -> T:
        return _setting(environment, name, read)

    return read_second(setting, _url) if any(name.startswith("GATEWAY_SECOND_") for name in environment) else None


def _access(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of how the gateway gets into its EHR, by vendor: epic (the default) or allscripts."""
    vendor = environment.get("GATEWAY_EHR_VENDOR", "epic").strip()
    if vendor == "allscripts":

        def setting(name: str, read: Callable[[str], T]) -> T:
            return _setting(environment, name, read)

        return {"unity": read_unity(setting)}
    if vendor != "epic":
        raise SettingsError(f"GATEWAY_EHR_VENDOR is invalid: {vendor!r} is neither epic nor allscripts")
    return {
        "ehr_token_url": _setting(environment, "GATEWAY_EHR_TOKEN_URL", _url),
        "ehr_client_id": _setting(environment, "GATEWAY_EHR_CLIENT_ID", str),
        "ehr_key": _setting(environment, "GATEWAY_EHR_KEY_FILE", _key),
        "ehr_key_file": _setting(environment, "GATEWAY_EHR_KEY_FILE", Path),
    }


def _setting(environment: Mapping[str, str], name: str, read: Callable[[str], T]) -> T:
    text = environment.get(name, "").strip()
    if not text:
        raise SettingsError(
            f"{name} is not set; hint: set it in the environment, the gateway does not start without it"
        )
    try:
        return read(text)
    except (ValueError, OSError, JoseError) as error:
        raise SettingsError(f"{name} is invalid: {error}") from error


def _optional(environment: Mapping[str, str], name: str, read: Callable[[str], T]) -> T | None:
    return _setting(environment, name, read) if name in environment else None


def _numbers(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        field: _setting(environment, name, partial(_positive, kind))
        for field, kind in _NUMBERS.items()
        if (name := f"GATEWAY_{field.upper()}") in environment
    }


def _positive(kind: type[int] | type[float], text: str) -> float:
    try:
        number = kind(text)
    except ValueError:
        number = kind(0)
    if not 0 < number < float("inf"):
        raise ValueError(f"{text!r} is not a number above 0")
    return number


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{text!r} is not host:port")
    return host, int(port)


def _url(text: str) -> str:
    return _issuer(text).rstrip("/")


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is not an absolute http or https URL without query")
    return text


def _uri(text: str) -> str:
    if not urlsplit(text).scheme or " " in text:
        raise ValueError(f"{text!r} is not an absolute URI such as urn:ehr:north")
    return text


def _ca(text: str) -> Path:
    ssl.create_default_context(cafile=text)
    return Path(text)


def _key(text: str) -> RSAKey | ECKey:
    return read_key(Path(text))


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError(f"{text!r} is neither on nor off")
    return text == "on"


def _types(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in UNITY_TYPES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no type that is served; valid are {', '.join(UNITY_TYPES)}")
    return names


def _folder(text: str) -> Path:
    folder = Path(text)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file_in_folder(text: str) -> Path:
    file = Path(text)
    if not file.parent.is_dir():
        raise ValueError(f"the folder {file.parent} does not exist")
    return file


def _clients(text: str) -> ClientLimits:
    return read_limits(json.loads(Path(text).read_text(encoding="utf-8")))
