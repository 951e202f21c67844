"""Placeholders in target files: `{ehr.base_url}` from the lab, `${NAME}` from the environment (secrets)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gauntlet.errors import TargetError, closest

# What the lab knows once it is up. The names are part of the target file's format.
NAMES: Mapping[str, str] = {
    "python": "the Python interpreter Gauntlet runs on",
    "run_dir": "folder of this run; the gateway may write below it",
    "shared_dir": "folder that all instances of the gateway have in common; they may write below it",
    "target_dir": "folder of the target file",
    "defect": "defect of the reference gateway asked for by `gauntlet teeth`, else empty",
    "gateway.port": "a free port for the gateway",
    "gateway.mtls_port": "another free port of the gateway, for [claims.mtls]",
    "gateway.root": "scheme, host and port of the gateway",
    "gateway.base_url": "FHIR base of the gateway",
    "issuer.url": "issuer of the consumers' tokens",
    "issuer.client_id": "the gateway's client id at the issuer, for introspection",
    "issuer.client_secret": "the gateway's secret at the issuer, made for this run",
    "ehr.base_url": "FHIR base of the EHR, of Unity its JSON service, as the gateway must see it",
    "ehr.origin": "scheme, host and port of the EHR, as the gateway must see it",
    "ehr.host": "host of the EHR, as the gateway must see it",
    "ehr.port": "port of the EHR, as the gateway must see it",
    "ehr.path": "path of {ehr.base_url}",
    "ehr.token_url": "token endpoint of the EHR (epic)",
    "ehr.facility": "facility of the EHR, as [[ehr]] names it",
    "ehr.client_id": "the gateway's client id at the EHR (epic)",
    "ehr.key_file": "file with the gateway's private JWK for the EHR (epic)",
    "ehr.username": "the gateway's service account at the EHR (allscripts)",
    "ehr.password_file": "file with the password of the service account (allscripts)",
    "ehr.user": "the EHR user that the gateway acts for (allscripts)",
    "ehr.user_password_file": "file with the password of the EHR user (allscripts)",
    "ehr.app_name": "name of the application, as the EHR knows it (allscripts)",
    "ehr.mrn_system": "identifier system of the medical record numbers, which Unity's rows do not name (allscripts)",
    "ehr.hosts_file": "hosts file (hosts(5)) with the address of the EHR's name, for checks of a change of address",
    "ehr.ca_file": "file with the authority (PEM) of the EHR's certificate, for checks of TLS",
    "second_ehr.base_url": "FHIR base of the second EHR, with [claims.resilience.second_ehr]",
    "second_ehr.origin": "scheme, host and port of the second EHR, with [claims.resilience.second_ehr]",
    "second_ehr.host": "host of the second EHR, with [claims.resilience.second_ehr]",
    "second_ehr.port": "port of the second EHR, with [claims.resilience.second_ehr]",
    "second_ehr.path": "path of {second_ehr.base_url}, with [claims.resilience.second_ehr]",
    "second_ehr.token_url": "token endpoint of the second EHR (epic), with [claims.resilience.second_ehr]",
    "second_ehr.facility": "facility of the second EHR, with [claims.resilience.second_ehr]",
    "consumer.audience": "audience of the consumers' tokens",
    "consumer.interactive": "client id of the interactive app",
    "consumer.batch": "client id of the batch job",
    "consumer.partner": "client id of the partner app",
    "mtls.base_url": "FHIR base of the gateway that wants client certificates, with [claims.mtls]",
    "mtls.ca_file": "file with the authority (PEM) of clients and of the gateway's own certificate, with [claims.mtls]",
    "mtls.certificate_file": "file with the gateway's certificate and its chain (PEM), with [claims.mtls]",
    "mtls.key_file": "file with the private key of that certificate (PEM), with [claims.mtls]",
    "syslog.host": "host at which the harness receives the audit trail, with [observe.audit.syslog]",
    "syslog.port": "port (UDP and TCP) at which the harness receives the audit trail, with [observe.audit.syslog]",
    "otlp.url": "base URL at which the harness receives metrics and spans by OTLP/HTTP, with [observe.otlp]",
    "rollout.type": "resource type that is switched off or on, in the commands of [claims.rollout]",
    "rollout.client": "client id that goes ahead, in the commands of [claims.rollout]",
    "consumer.unregistered": "a client id the gateway does not know",
}

# Who has which access at the EHR: a name that stands here belongs to one vendor.
OF_VENDOR: Mapping[str, tuple[str, ...]] = {
    "epic": ("ehr.token_url", "ehr.client_id", "ehr.key_file", "second_ehr.token_url"),
    "allscripts": (
        "ehr.username",
        "ehr.password_file",
        "ehr.user",
        "ehr.user_password_file",
        "ehr.app_name",
        "ehr.mrn_system",
    ),
}

_PLACEHOLDER = re.compile(r"(?<!\$)\{([a-z_]+(?:\.[a-z_]+)*)\}")
_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names_in(value: Any) -> Iterator[str]:
    """Yield every placeholder name inside `value` (text, list or table)."""
    if isinstance(value, str):
        yield from _PLACEHOLDER.findall(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from names_in(key)
            yield from names_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names_in(item)


def environment_names_in(value: Any) -> Iterator[str]:
    """Yield every `${NAME}` inside `value`."""
    if isinstance(value, str):
        yield from _ENVIRONMENT.findall(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from environment_names_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from environment_names_in(item)


def fill(text: str, values: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Return `text` with placeholders replaced.

    Raises TargetError naming an unknown placeholder, one without a value here, or a missing environment variable.
    """

    def from_lab(match: re.Match[str]) -> str:
        name = match[1]
        if name not in NAMES:
            raise TargetError(f"unknown placeholder {{{name}}}{closest(name, NAMES)}", hint=valid_names())
        if name not in values:
            raise TargetError(f"the placeholder {{{name}}} has no value in this place", hint=valid_names())
        return values[name]

    def from_environment(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise TargetError(
                f"the environment variable {match[1]} is not set",
                hint=f"export {match[1]}=... before the run",
            )
        return environment[match[1]]

    return _ENVIRONMENT.sub(from_environment, _PLACEHOLDER.sub(from_lab, text))


def valid_names() -> str:
    """Return the sentence that lists all placeholders."""
    return "placeholders are " + ", ".join(f"{{{name}}}" for name in NAMES)
