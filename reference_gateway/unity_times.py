"""Dates and times of rows put into resources: dates stay dates, local times become instants, doubts are marked."""

from __future__ import annotations

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.json_text import Json
from reference_gateway.site_time import Moment, SiteTime
from reference_gateway.unity_codes import AMBIGUOUS_TIME, mark
from reference_gateway.unity_dates import UnityDates


class UnityTimes:
    """Puts times into resources."""

    def __init__(self, dates: UnityDates, site: SiteTime) -> None:
        self.dates = dates
        self.site = site

    def moment(self, text: str) -> Moment | None:
        """Return the moment or date of a column, None for a blank. Raises Refusal 502 for a layout not known."""
        try:
            written = self.dates.read(text)
        except ValueError:
            raise payload_refusal("a date is in no layout that is known", "ehr-date") from None
        if written is None:
            return None
        return Moment(written.date) if written.local is None else self.site.moment(written.local)

    def put(self, resource: Json, element: str, text: str) -> None:
        """Put the dateTime of a column into a resource, nothing for a blank."""
        moment = self.moment(text)
        if moment is not None:
            resource[element] = moment.text
            if moment.ambiguous:
                mark(resource, AMBIGUOUS_TIME)

    def date(self, text: str) -> str:
        """Return the date of a column, as precise as it is known, "" for a blank. Raises Refusal 502."""
        moment = self.moment(text)
        return "" if moment is None else moment.text[:10]
