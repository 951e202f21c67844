"""SMART scopes, versions 1 and 2: what a scope text grants.

Source: SMART App Launch 2.x, scopes and launch context. Letters stand in the order c r u d s; a scope that is not
understood (granular ?category= included) grants nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_V1_ACTIONS = {"read": "rs", "write": "cud", "*": "cruds"}
_SCOPE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(read|write|\*|c?r?u?d?s?)", re.ASCII)


@dataclass(frozen=True)
class Grant:
    """One understood scope: context (patient, user, system), resource type or *, action letters of c r u d s."""

    context: str
    resource_type: str
    actions: str
    text: str

    def covers(self, resource_type: str, action: str) -> bool:
        """Tell whether this scope allows the action on the type."""
        return self.covers_type(resource_type) and action in self.actions

    def covers_type(self, resource_type: str) -> bool:
        """Tell whether this scope is about the type."""
        return self.resource_type in ("*", resource_type)


def grants(scope: str) -> Iterator[Grant]:
    """Yield the grants of a space-separated scope text."""
    for text in scope.split(" "):
        match = _SCOPE.fullmatch(text)
        if match and match[3]:
            yield Grant(match[1], match[2], _V1_ACTIONS.get(match[3], match[3]), text)
