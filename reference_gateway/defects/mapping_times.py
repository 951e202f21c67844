"""Defects in times and dates (MAP-04, MAP-10)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from reference_gateway.canonical import Canonical
from reference_gateway.defects.defect import Defect, swap
from reference_gateway.json_text import Json
from reference_gateway.site_time import Moment, SiteTime
from reference_gateway.unity_dates import UnityDates, Written
from reference_gateway.unity_times import UnityTimes

_OFFSET = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)[+-]\d\d:\d\d")


class TakesLocalForUtc(SiteTime):
    """Puts a Z behind what the clocks show."""

    def moment(self, local: dt.datetime) -> Moment:
        """Return the local time as if it were UTC."""
        return self.told(local.replace(tzinfo=dt.UTC), ambiguous=False)


class AlwaysWinterTime(SiteTime):
    """Has asked for the zone's offset once, in January."""

    def moment(self, local: dt.datetime) -> Moment:
        """Return the moment by the offset of winter."""
        offset = self.zone.utcoffset(dt.datetime(local.year, 1, 15))  # noqa: DTZ001 - the site's clocks show no zone
        return self.told(local.replace(tzinfo=dt.timezone(offset or dt.timedelta())), ambiguous=False)


class OffByAnHourInTheOverlap(SiteTime):
    """Subtracts the changed hour once too often, in the one hour in which it matters."""

    def moment(self, local: dt.datetime) -> Moment:
        """Return a moment that is an hour late when the clocks show an hour for the first or second time."""
        found = super().moment(local)
        if not found.ambiguous or found.instant is None:
            return found
        late = self.instant(local + dt.timedelta(hours=1), 0)
        return self.told(late, ambiguous=True)


class ChangesClocksADayLate(SiteTime):
    """Takes the offset that the day began with."""

    def moment(self, local: dt.datetime) -> Moment:
        """Return the moment by the offset of the midnight before."""
        offset = local.replace(hour=0, minute=0, second=0, tzinfo=self.zone).utcoffset() or dt.timedelta()
        return self.told(local.replace(tzinfo=dt.timezone(offset)), ambiguous=False)


class TwelveIsNoon(UnityDates):
    """Adds twelve hours after noon and never takes twelve away: 12:05 am is 12:05."""

    def whole(self, parts: dict[str, str | None]) -> Written:
        """Return the time with twelve in the morning as noon."""
        found = super().whole(parts)
        if found.local is not None and found.local.hour == 0:
            return replace(found, local=found.local.replace(hour=12))
        return found


class TwelveIsMidnight(UnityDates):
    """Leaves twelve away whatever half of the day it is: 12:05 pm is 00:05."""

    def whole(self, parts: dict[str, str | None]) -> Written:
        """Return the time with twelve at noon as midnight."""
        found = super().whole(parts)
        if found.local is not None and found.local.hour == 12:
            return replace(found, local=found.local.replace(hour=0))
        return found


class TakesTheDayForTheMonth(UnityDates):
    """Reads 04/05 as the fourth of May."""

    def whole(self, parts: dict[str, str | None]) -> Written:
        """Return the date with day and month exchanged, where both could be the month."""
        if "month" in parts and int(parts["day"] or 0) <= 12:
            parts = {**parts, "month": parts["day"], "day": parts["month"]}
        return super().whole(parts)


class DatesBecomeMidnights(UnityTimes):
    """Makes the midnight of the site of every date."""

    def moment(self, text: str) -> Moment | None:
        """Return a date as a time."""
        found = super().moment(text)
        if found is None or len(found.text) != len("2026-06-15"):
            return found
        return self.site.moment(dt.datetime.fromisoformat(found.text))


class IgnoresOffsets(Canonical):
    """Puts a Z in the place of every offset."""

    def undress(self, resource: Json) -> Json:
        """Return the resource with all times as if they were UTC."""
        undressed: Json = _without_offsets(super().undress(resource))
        return undressed


def _without_offsets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_offsets(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_without_offsets(child) for child in value]
    return _OFFSET.sub(r"\1Z", value) if isinstance(value, str) else value


def _defect(name: str, summary: str, **part: Any) -> Defect:
    return swap(name, "MAP-04", summary, target="unity", **part)


DEFECTS = (
    _defect("takes-local-for-utc", "writes local times as UTC", site_time=TakesLocalForUtc),
    _defect("always-winter-time", "knows no daylight saving time", site_time=AlwaysWinterTime),
    _defect(
        "off-by-an-hour-in-the-overlap",
        "is an hour late in the hour that autumn has twice",
        site_time=OffByAnHourInTheOverlap,
    ),
    _defect("changes-clocks-a-day-late", "uses the offset of the day's beginning", site_time=ChangesClocksADayLate),
    _defect("twelve-is-noon", "reads 12:05 am as 12:05", unity_dates=TwelveIsNoon),
    _defect("twelve-is-midnight", "reads 12:05 pm as 00:05", unity_dates=TwelveIsMidnight),
    _defect("takes-the-day-for-the-month", "reads 04/05 as the 4th of May", unity_dates=TakesTheDayForTheMonth),
    _defect("dates-become-midnights", "makes a midnight of every date", unity_times=DatesBecomeMidnights),
    swap("ignores-offsets", "MAP-10", "replaces every offset by Z", canonical=IgnoresOffsets),
)
