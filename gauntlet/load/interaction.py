"""What a request of a load profile asks for, read from its text, such as `Condition?patient={patient}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_REQUEST = re.compile(r"(?P<type>[A-Z][A-Za-z]{1,63})(?:/\{(?P<id>[a-z_]+)\}|\?(?P<query>[^?#\s]+))")
CREATE = "create"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Interaction:
    """A read (`id_from` names the value that is the resource's id), a search or a create (`id_from` is empty)."""

    resource_type: str
    id_from: str
    template: str
    creates: bool = False  # by POST; the patient's values say of which type and with which body

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the values the request needs, in order."""
        return (*_PLACEHOLDER.findall(self.template), *(("create_body",) if self.creates else ()))

    def path(self, values: Mapping[str, str]) -> str:
        """Return the request below the FHIR base, each placeholder filled in and percent-encoded."""
        return _PLACEHOLDER.sub(lambda match: quote(values[match[1]], safe=""), self.template)


def parse_request(text: str) -> Interaction:
    """Read the text of a request. Raises ValueError when it is neither a read, a search by placeholder nor `create`."""
    if text == CREATE:
        return Interaction("", "", "{create_type}", creates=True)
    match = _REQUEST.fullmatch(text)
    rest = _PLACEHOLDER.sub("", text)
    if match is None or "{" in rest or "}" in rest:
        raise ValueError(f"{text!r} is neither a read 'Type/{{placeholder}}' nor a search 'Type?name={{placeholder}}'")
    if not _PLACEHOLDER.search(text):
        raise ValueError(f"{text!r} names no patient: use a placeholder such as {{patient}}")
    if match["type"] == "Patient" and match["id"] not in (None, "patient"):
        raise ValueError(f"{text!r}: a Patient is read by {{patient}}")
    return Interaction(match["type"], match["id"] or "", text)
