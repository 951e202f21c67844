"""`gauntlet init`: a commented target file to start from."""

from __future__ import annotations

from pathlib import Path

from gauntlet import places
from gauntlet.errors import UsageError


def write_target_file(path: Path) -> None:
    """Write the template to `path`. Raises UsageError when it exists or cannot be written."""
    template = (places.bundled("targets") / "template.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError:
        raise UsageError(f"{path} exists already and is left as it is", hint="give another name") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
