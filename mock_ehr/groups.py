"""Lists of patients that a site made for bulk export; a client learns their ids out of band (vendors.md 1.13, E4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """One list. `members` are patient ids in the order of the list."""

    id: str
    name: str
    members: tuple[str, ...]
