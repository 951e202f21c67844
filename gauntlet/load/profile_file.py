"""Profile files `scenarios/load/*.toml`: errors name file, key, what is valid and the closest match."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gauntlet.errors import closest
from gauntlet.load.profile import Profile, ProfileError


def find_profile(name: str, folder: Path) -> Path:
    """Return the file of the profile called `name` in `folder`.

    Raises ProfileError for an unknown name, with the closest match and all valid names.
    """
    names = sorted(path.stem for path in folder.glob("*.toml"))
    if name not in names:
        raise ProfileError(
            f"unknown load profile {name!r}{closest(name, names)}",
            hint=f"profiles in {folder}: {', '.join(names) or 'none'}",
        )
    return folder / f"{name}.toml"


def read_profile(path: Path) -> Profile:
    """Read the profile at `path`.

    Raises ProfileError for a missing or unreadable file, wrong TOML, an unknown key, a wrong value, or a name
    that is not the file's name.
    """
    raw = _parse(path)
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        sentences = "\n".join(_sentence(path, detail) for detail in error.errors())
        raise ProfileError(
            sentences, hint="scenarios/load/morning-spike.toml is a complete example"
        ) from None
    if profile.name != path.stem:
        raise ProfileError(f"{path}: name: {profile.name!r} must be the file's name, {path.stem!r}")
    return profile


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProfileError(f"load profile {path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"load profile {path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(
            f"{path}: not valid TOML: {error}", hint="https://toml.io shows the syntax"
        ) from None


def _sentence(path: Path, detail: ErrorDetails) -> str:
    location = detail["loc"]
    key = ".".join(str(part) for part in location)
    where = f"{path}: {key}: " if key else f"{path}: "
    if detail["type"] == "extra_forbidden":
        valid = _keys_at(location[:-1])
        return f"{where}unknown key{closest(str(location[-1]), valid)}; valid here: {', '.join(valid)}"
    if detail["type"] == "missing":
        return f"{where}this key is required"
    if detail["type"] == "value_error":
        return f"{where}{detail['ctx']['error']}"
    return f"{where}{detail['msg'][0].lower()}{detail['msg'][1:]}, not {detail['input']!r}"


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """Return the valid keys of the table at `location` inside a profile."""
    model: type[BaseModel] = Profile
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = next(
                item
                for item in (annotation, *get_args(annotation))
                if isinstance(item, type) and issubclass(item, BaseModel)
            )
    return list(model.model_fields)
