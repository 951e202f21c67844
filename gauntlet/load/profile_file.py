"""Profile files `scenarios/load/*.toml`: errors name file, key, what is valid and the closest match."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from gauntlet.errors import closest
from gauntlet.load.profile import Profile, ProfileError
from gauntlet.toml_file import read_toml, sentences


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
    raw = read_toml(path, "load profile", error=ProfileError)
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        hint = "scenarios/load/morning-spike.toml is a complete example"
        raise ProfileError(sentences(path, error, Profile), hint=hint) from None
    if profile.name != path.stem:
        raise ProfileError(f"{path}: name: {profile.name!r} must be the file's name, {path.stem!r}")
    return profile
