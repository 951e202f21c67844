"""The target file: reading it, with errors that name file, key, what is valid and the closest match."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gauntlet import placeholder
from gauntlet.errors import TargetError, closest
from gauntlet.target_model import TargetFile


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
    raw = _parse(path)
    try:
        file = TargetFile.model_validate(raw)
    except ValidationError as error:
        raise TargetError("\n".join(_sentences(path, error)), hint="`gauntlet init` writes a commented file") from None
    _check_placeholders(path, raw, environment)
    target = Target(path.resolve(), file)
    if not (target.launched or target.direct):
        _check_fixed_addresses(path, file)
    return target


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TargetError(
            f"target file {path} does not exist",
            hint="`gauntlet init FILE` writes one; bundled ones are in targets/",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"target file {path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise TargetError(f"{path}: not valid TOML: {error}", hint="https://toml.io shows the syntax") from None


def _sentences(path: Path, error: ValidationError) -> list[str]:
    return [_sentence(path, detail) for detail in error.errors()]


def _sentence(path: Path, detail: ErrorDetails) -> str:
    location = detail["loc"]
    key = ".".join(str(part) for part in location)
    if detail["type"] == "extra_forbidden":
        valid = _fields_at(location[:-1])
        what = f"unknown key{closest(str(location[-1]), valid)}; valid here: {', '.join(valid)}"
    elif detail["type"] == "missing":
        what = "this key is required"
    else:
        what = f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {detail['input']!r}"
        if detail["type"] == "literal_error":
            what += closest(
                str(detail["input"]),
                detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "),
            )
    return f"{path}: {key}: {what}"


def _fields_at(location: tuple[int | str, ...]) -> list[str]:
    """Return the valid keys of the table at `location` inside a target file."""
    model: type[BaseModel] = TargetFile
    for part in location:
        if isinstance(part, int):
            continue
        model = _model_in(model.model_fields[part].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel]:
    """Return the model inside `X`, `X | None` or `list[X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model_in(arg) for arg in get_args(annotation) if arg is not type(None))


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


def _check_fixed_addresses(path: Path, file: TargetFile) -> None:
    for key, value in (("ehr.0.listen", file.ehr[0].listen), ("consumer.listen", file.consumer.listen)):
        if value is None:
            raise TargetError(
                f"{path}: {key}: required when the gateway already runs (there is no [gateway.launch])",
                hint='give the address that the gateway is configured for, such as "127.0.0.1:9443"',
            )
