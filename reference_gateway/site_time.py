"""From what the site's clocks show to instants, by the rules of its time zone.

In autumn the clocks show an hour twice, and nothing in a row says which one is meant: the first is taken and the
record is marked. In spring they skip an hour: a time in it cannot have been, and only its date is passed on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Moment:
    """A local time as a FHIR dateTime. `text` has an offset, or is a date when the time does not exist."""

    text: str
    ambiguous: bool = False
    instant: dt.datetime | None = None


class SiteTime:
    """Resolves local times."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def moment(self, local: dt.datetime) -> Moment:
        """Return the moment at which the site's clocks show `local`."""
        first, second = (self.instant(local, fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return self.told(first, ambiguous=False)
        if first.astimezone(dt.UTC).astimezone(self.zone).replace(tzinfo=None, fold=0) != local:
            return Moment(local.date().isoformat())
        return self.told(first, ambiguous=True)

    def instant(self, local: dt.datetime, fold: int) -> dt.datetime:
        """Return a local time with its zone; `fold` 1 is the second of two times that look the same."""
        return local.replace(tzinfo=self.zone, fold=fold)

    def told(self, moment: dt.datetime, *, ambiguous: bool) -> Moment:
        """Return a moment as FHIR writes it, to the second."""
        return Moment(moment.isoformat(timespec="seconds"), ambiguous, moment)
