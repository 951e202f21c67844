"""The EHR's own rate limits, per client, in a dialect that is set together with them.

Off until the control API sets them: no vendor publishes numbers, and 429 comes from each site's own gateway in a
shape that was not seen (vendors.md 1.14 and 6), so all of it is configuration and none of it is claimed to be
anybody's. What the words mean: RFC 6585 section 4, RFC 9110 section 10.2.3, the IETF RateLimit header draft of
September 2025, RFC 9457 (vendors.md 4.2, T2 T3 T4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from mock_ehr.behaviours.answering import dated
from mock_ehr.behaviours.stage import Outage
from mock_ehr.message import Pairs
from mock_ehr.quotas import Quota, Share, TokenBucket
from mock_ehr.throttle_rule import LimitError, Rule, parse_rule

__all__ = ["Admission", "LimitError", "Rate", "Throttle"]

NAME = '"client"'


@dataclass(frozen=True, slots=True)
class Rate:
    """What a client may do: `per_s` requests a second on average and `burst` at once."""

    per_s: float
    burst: float


class Admission(NamedTuple):
    """The outcome for one request: headers for its answer, and the refusal when it may not pass.

    `release` has to be called when a request that passed has ended.
    """

    headers: Pairs = ()
    refusal: Outage | None = None
    problem: str = ""
    release: Callable[[], None] | None = None


@dataclass(slots=True)
class Throttle:
    """The limits in force, in order: a client is held to all that fit it; the first one that is full refuses."""

    monotonic: Callable[[], float]
    now: Callable[[], float] = field(default=lambda: 0.0)
    rules: list[Rule] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> Rate | None:
        """Return the rate of the first limit when it is a token bucket."""
        quota = self.rules[0].quota if self.rules else None
        return Rate(quota.per_s, quota.burst) if isinstance(quota, TokenBucket) else None

    def limit(self, rate: Rate) -> None:
        """Hold every client to `rate`; every bucket starts full."""
        self.configure({"rate_per_s": rate.per_s, "burst": rate.burst})

    def configure(self, raw: object) -> list[dict[str, Any]]:
        """Put the limits that the JSON `raw` describes, one object or a list of them, in place of those in force.

        Return them as they were understood. Raises LimitError with the key and what is valid; nothing is changed
        then.
        """
        given = raw if isinstance(raw, Sequence) and not isinstance(raw, str) else [raw]
        self.rules = [parse_rule(one) for one in given]
        return self.listing()

    def listing(self) -> list[dict[str, Any]]:
        """Return the limits in force, each as given."""
        return [dict(rule.definition) for rule in self.rules]

    def lift(self) -> None:
        """Remove all limits."""
        self.rules = []
        self.refused = 0

    def admit(self, client_id: str, kind: str) -> Admission | None:
        """Count one request of `client_id`; None when no limit is about it."""
        headers: list[tuple[str, str]] = []
        passed: list[tuple[Quota, str]] = []
        fitting = [rule for rule in self.rules if kind in rule.kinds and fnmatchcase(client_id, rule.client)]
        for rule in fitting:
            key = client_id if rule.per == "client" else ""
            share = rule.quota.take(key, self.monotonic())
            headers += told(rule, share, self.now())
            if share.wait_s > 0:
                self.refused += 1
                release(passed)
                return self._refusal(rule, share, headers)
            passed.append((rule.quota, key))
        return Admission(tuple(headers), release=lambda: release(passed)) if fitting else None

    def _refusal(self, rule: Rule, share: Share, headers: list[tuple[str, str]]) -> Admission:
        wait = rule.retry_after.replace("seconds", str(whole(share.wait_s)))
        if rule.retry_after == "date":
            wait = dated(f"date:+{whole(share.wait_s)}", self.now())
        retry = () if rule.retry_after == "absent" else (("Retry-After", wait),)
        refusal = Outage(rule.status, rule.body, (*retry, *headers))
        detail = f"at most {rule.quota.limit} requests in {rule.quota.window_s} s"
        return Admission(refusal=refusal, problem=detail)


def whole(seconds: float) -> int:
    """Return seconds rounded up, at least 1: nobody may come back too early."""
    return max(1, int(-(-seconds // 1)))


def release(passed: Sequence[tuple[Quota, str]]) -> None:
    """Note that a request has ended in each quota that it passed."""
    for quota, key in passed:
        quota.release(key)


def told(rule: Rule, share: Share, now: float) -> list[tuple[str, str]]:
    """Return the headers that tell a client where it stands, in the families that the rule names."""
    quota, reset = rule.quota, whole(share.reset_s)
    families: Mapping[str, list[tuple[str, str]]] = {
        "ratelimit": [
            ("RateLimit-Policy", f"{NAME};q={quota.limit};w={quota.window_s}"),
            ("RateLimit", f"{NAME};r={share.left};t={reset}"),
        ],
        "x-ratelimit": [
            ("X-RateLimit-Limit", str(quota.limit)),
            ("X-RateLimit-Remaining", str(share.left)),
            ("X-RateLimit-Reset", str(int(now) + reset)),
        ],
        "x-ratelimit-seconds": [
            ("X-RateLimit-Limit", str(quota.limit)),
            ("X-RateLimit-Remaining", str(share.left)),
            ("X-RateLimit-Reset", str(reset)),
        ],
    }
    return [pair for family in rule.headers for pair in families[family]]
