"""The target file: reading it, with errors that name file, key, what is valid and the closest match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gauntlet import placeholder
from gauntlet.errors import TargetError, closest
from gauntlet.target_model import TargetFile
from gauntlet.tls import tls_context
from gauntlet.toml_file import read_toml, sentences


@dataclass(frozen=True)
class Target:
    """A target file that was read: its place and its content."""

    path: Path
    file: TargetFile

    @property
    def claims(self) -> tuple[str, ...]:
        """Names of the claimed features; core is always among them."""
        return tuple(name for name, value in self.file.claims if value is not None)

    @property
    def own_checks(self) -> Path | None:
        """The folder with checks of the vendor's own, if there is one."""
        folder = self.file.checks.folder
        return None if folder is None else (self.path.parent / folder).resolve()

    @property
    def ca_file(self) -> Path | None:
        """The authority (PEM) of the gateway's certificate, trusted beside the public ones."""
        name = self.file.gateway.ca_file
        return None if name is None else (self.path.parent / name).resolve()

    @property
    def launched(self) -> bool:
        """Whether the lab starts the gateway."""
        return self.file.gateway.launch is not None

    @property
    def direct(self) -> bool:
        """Whether there is no gateway at all: consumers talk to the EHR."""
        return self.file.gateway.base_url.startswith("{ehr.base_url}")


def read_target(path: Path, environment: Mapping[str, str]) -> Target:
    """Read the target file at `path`.

    Raises TargetError for a missing or unreadable file, wrong TOML, an unknown key, a wrong value, an unknown
    placeholder or a secret that `environment` does not hold.
    """
    missing = "`gauntlet init FILE` writes one; bundled ones are in targets/"
    raw = read_toml(path, "target file", error=TargetError, missing_hint=missing)
    try:
        file = TargetFile.model_validate(raw)
    except ValidationError as error:
        hint = "`gauntlet init` writes a commented file"
        raise TargetError(sentences(path, error, TargetFile), hint=hint) from None
    _check_placeholders(path, raw, environment)
    _check_vendor(path, raw, file)
    target = Target(path.resolve(), file)
    _check_own_checks(path, target.own_checks)
    _check_authority(path, target)
    if not (target.launched or target.direct):
        _check_fixed_addresses(path, file)
    return target


def _check_placeholders(path: Path, raw: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name in placeholder.names_in(raw):
        if name not in placeholder.NAMES:
            raise TargetError(
                f"{path}: unknown placeholder {{{name}}}{closest(name, placeholder.NAMES)}",
                hint=placeholder.valid_names(),
            )
    for name in placeholder.environment_names_in(raw):
        if name not in environment:
            raise TargetError(
                f"{path}: the environment variable {name} is not set",
                hint=f"export {name}=... before the run",
            )


def _check_vendor(path: Path, raw: dict[str, Any], file: TargetFile) -> None:
    """Refuse what the EHR of this target cannot give."""
    vendor = file.ehr[0].vendor
    others = {name for key, names in placeholder.OF_VENDOR.items() if key != vendor for name in names}
    for name in placeholder.names_in(raw):
        if name in others:
            valid = ", ".join(f"{{{item}}}" for item in placeholder.OF_VENDOR[vendor])
            raise TargetError(f"{path}: {{{name}}} has no value with vendor {vendor}", hint=f"it gives {valid}")
    if vendor == "allscripts" and (file.consumer.tokens == "ehr" or file.gateway.base_url.startswith("{ehr.base_url}")):
        raise TargetError(
            f"{path}: consumers cannot talk to Unity themselves: it has neither FHIR nor tokens for them",
            hint='give a gateway of its own in [gateway], and tokens = "issuer" in [consumer]',
        )


def _check_own_checks(path: Path, folder: Path | None) -> None:
    if folder is not None and not any(folder.rglob("test_*.py")):
        raise TargetError(
            f"{path}: checks.folder: there is no test_*.py in {folder}",
            hint="docs/own-checks.md shows how to write one",
        )


def _check_authority(path: Path, target: Target) -> None:
    """Refuse an authority that no TLS would ask for, or that is no certificate."""
    if target.ca_file is None:
        return
    if not target.file.gateway.base_url.startswith("https://"):
        raise TargetError(
            f"{path}: gateway.ca_file: base_url is not under TLS, so no certificate of the gateway is looked at",
            hint="give an https:// base_url, or leave ca_file out",
        )
    hint = "give the certificate (PEM) of the authority that the gateway's own certificate is from"
    try:
        tls_context(target.ca_file)
    except OSError as error:  # an SSLError is one, too
        why = f"{error.strerror}: {target.ca_file}" if isinstance(error, FileNotFoundError | PermissionError) else ""
        raise TargetError(
            f"{path}: gateway.ca_file: {why or f'{target.ca_file} holds no certificate (PEM)'}", hint=hint
        ) from None


def _check_fixed_addresses(path: Path, file: TargetFile) -> None:
    ehr, address = file.ehr[0], 'give the address that the gateway is configured for, such as "127.0.0.1:9443"'
    keys = "give the file with the public keys of the gateway's client assertions"
    password = "give the file with the password that the gateway uses"  # noqa: S105 - advice
    of_vendor = {
        "epic": [("ehr.0.jwks", ehr.jwks, keys)],
        "allscripts": [
            ("ehr.0.password_file", ehr.password_file, password),
            ("ehr.0.user_password_file", ehr.user_password_file, password),
        ],
    }
    mtls, test_authority = file.claims.mtls, "give the test authority (PEM, with its key) that the gateway trusts"
    of_mtls = [("claims.mtls.authority", mtls.authority, test_authority)] if mtls else []
    second = file.claims.resilience.second_ehr if file.claims.resilience else None
    of_second = [("claims.resilience.second_ehr.listen", second.listen, address)] if second else []
    for key, value, hint in (
        ("ehr.0.listen", ehr.listen, address),
        ("consumer.listen", file.consumer.listen, address),
        *of_mtls,
        *of_second,
        *((key, value, address) for key, value in file.observe.receivers().items()),
        *of_vendor[ehr.vendor],
    ):
        if value is None:
            raise TargetError(
                f"{path}: {key}: required when the gateway already runs (there is no [gateway.launch])", hint=hint
            )
