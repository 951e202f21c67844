"""Answers in the EHR's place: nothing is processed, nothing takes effect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mock_ehr.behaviours.checks import check_choice, check_date, check_status, check_texts
from mock_ehr.behaviours.stage import Outage, Stage
from mock_ehr.message import Pairs
from mock_ehr.wire import http_date

BODIES = ("vendor", "html", "empty", "operation-outcome")  # what a vendor's `failure` can say
ALL_BODIES = (*BODIES, "problem+json")


def dated(value: str, now_s: float) -> str:
    """Return a header value as sent: `date:+2` is the HTTP-date 2 s after `now_s`, rounded up."""
    if not value.startswith("date:"):
        return value
    return http_date(math.ceil(now_s + float(value.removeprefix("date:"))))


@dataclass(frozen=True, slots=True)
class Status:
    """Answer `status` with `headers`; a header value `date:+2` becomes the HTTP-date 2 s after the answer."""

    kind: ClassVar[str] = "status"
    stage: ClassVar[Stage] = Stage.INSTEAD
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = "vendor"

    def __post_init__(self) -> None:
        check_status(self.status)
        check_choice("body", self.body, ALL_BODIES)
        check_texts("headers", self.headers)
        for name, value in self.headers.items():
            check_date(name, value)

    def outage(self, now_s: float) -> Outage:
        """Return the answer at `now_s`, epoch seconds on the EHR's clock."""
        headers: Pairs = tuple((name, dated(value, now_s)) for name, value in self.headers.items())
        return Outage(self.status, self.body, headers)


@dataclass(frozen=True, slots=True)
class Storm:
    """Answer 429 (or another status) with or without Retry-After.

    `retry_after` is sent as it is, right ("2") or wrong ("-1", "soon"); `date:+2` becomes an HTTP-date; absent
    it is not sent (RFC 9110 section 10.2.3, RFC 6585 section 4).
    """

    kind: ClassVar[str] = "storm"
    stage: ClassVar[Stage] = Stage.INSTEAD
    status: int = 429
    retry_after: str | None = None
    body: str = "vendor"

    def __post_init__(self) -> None:
        check_status(self.status)
        check_choice("body", self.body, ALL_BODIES)
        if self.retry_after is not None:
            check_date("retry_after", self.retry_after)

    def outage(self, now_s: float) -> Outage:
        """Return the answer at `now_s`, epoch seconds on the EHR's clock."""
        wait: Pairs = () if self.retry_after is None else (("Retry-After", dated(self.retry_after, now_s)),)
        return Outage(self.status, self.body, wait)


@dataclass(frozen=True, slots=True)
class Html:
    """Answer 200 with a text/html page, as a log-in page or a proxy in front does."""

    kind: ClassVar[str] = "html"
    stage: ClassVar[Stage] = Stage.INSTEAD
