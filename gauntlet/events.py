"""What a run tells the command line while it goes on: one file that survives whatever happens to the run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson


class Events:
    """The event file: one JSON object a line, flushed at once, so that a killed run leaves everything it found."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, event: str, **values: Any) -> None:
        """Append one event."""
        whole = {"event": event, "at": time.time(), **values}
        try:
            line = orjson.dumps(whole, option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:  # a gateway's answer can bring half a surrogate pair or a huge number into a message
            line = orjson.dumps(_writable(whole), option=orjson.OPT_APPEND_NEWLINE)
        with self._path.open("ab") as file:
            file.write(line)


def _writable(value: Any) -> Any:
    """Return `value` with everything that JSON in UTF-8 cannot hold replaced by text that it can."""
    match value:
        case dict():
            return {str(_writable(key)): _writable(item) for key, item in value.items()}
        case list() | tuple():
            return [_writable(item) for item in value]
        case None | bool() | float():
            return value
        case int() if abs(value) < 2**53:
            return value
        case _:
            return str(value).encode("utf-8", "replace").decode()
