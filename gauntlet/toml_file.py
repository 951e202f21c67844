"""TOML files checked by a pydantic model: what is wrong becomes sentences that name file, key and what is valid."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gauntlet.errors import UsageError, closest


def read_toml(path: Path, what: str, *, error: type[UsageError], missing_hint: str = "") -> dict[str, Any]:
    """Return the content of `path`, a file of the kind `what` ("target file").

    Raises `error` for a file that is missing, unreadable or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error(f"{what} {path} does not exist", hint=missing_hint) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise error(f"{what} {path} cannot be read: {failure}") from None
    except tomllib.TOMLDecodeError as failure:
        raise error(f"{path}: not valid TOML: {failure}", hint="https://toml.io shows the syntax") from None


def sentences(path: Path, error: ValidationError, model: type[BaseModel]) -> str:
    """Return what is wrong with the file at `path`, one line a problem."""
    return "\n".join(_sentence(path, detail, model) for detail in error.errors())


def _sentence(path: Path, detail: ErrorDetails, model: type[BaseModel]) -> str:
    location = detail["loc"]
    key = ".".join(str(part) for part in location)
    where = f"{path}: {key}: " if key else f"{path}: "
    match detail["type"]:
        case "extra_forbidden":
            valid = keys_at(location[:-1], model)
            return f"{where}unknown key{closest(str(location[-1]), valid)}; valid here: {', '.join(valid)}"
        case "missing":
            return f"{where}this key is required"
        case "value_error":
            return f"{where}{detail['ctx']['error']}"
        case "literal_error":
            valid = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"{where}{_told(detail)}{closest(str(detail['input']), valid)}"
    return f"{where}{_told(detail)}"


def _told(detail: ErrorDetails) -> str:
    told = f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {detail['input']!r}"
    if detail["type"] in ("too_short", "too_long"):
        return told.partition(" after validation")[0]
    return f"{told}; dates stand without quotes, such as 2027-01-31" if detail["type"] == "date_type" else told


def keys_at(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Return the valid keys of the table at `location` inside `model`."""
    named = False  # the next part is a name of the user's, in a table of tables
    for part in location:
        if isinstance(part, str) and not named:
            annotation = model.model_fields[part].annotation
            named = get_origin(annotation) is dict
            model = _model_in(get_args(annotation)[1] if named else annotation)
        else:
            named = False
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel]:
    """Return the model inside `X`, `X | None` or `list[X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model_in(arg) for arg in get_args(annotation) if arg is not type(None))
