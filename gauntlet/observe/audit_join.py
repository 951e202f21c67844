"""The trail joined with what was really sent: what is missing, what was invented, what is there twice. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Joined:
    """Correlation ids, each list in order: sent without a record, recorded without being sent, recorded repeatedly."""

    missing: list[str]
    invented: list[str]
    doubled: list[str]

    def sentence(self, most: int = 5) -> str:
        """Return what is wrong, at most `most` ids of each kind by name; empty when sent and recorded agree."""
        kinds = {"missing": self.missing, "invented": self.invented, "doubled": self.doubled}
        return "; ".join(
            f"{len(found)} {kind}: {', '.join(found[:most])}{' ...' if len(found) > most else ''}"
            for kind, found in kinds.items()
            if found
        )


def join(sent: Iterable[str], recorded: Iterable[str]) -> Joined:
    """Return how the ids `recorded` differ from those `sent`. Each side is gone through once and nothing is sorted."""
    times = dict.fromkeys(sent, 0)
    invented: list[str] = []
    doubled: dict[str, None] = {}
    for value in recorded:
        count = times.get(value)
        if count is None:
            invented.append(value)
        else:
            times[value] = count + 1
            if count:
                doubled[value] = None
    return Joined([value for value, count in times.items() if not count], invented, list(doubled))
