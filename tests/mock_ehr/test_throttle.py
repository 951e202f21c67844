"""Rate limits: what they count, what a refusal looks like, and what is wrong with a definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from mock_ehr.throttle import LimitError, Rate, Throttle


@dataclass
class Bench:
    """A throttle on a clock that the test turns."""

    at: list[float] = field(default_factory=lambda: [0.0])

    def __post_init__(self) -> None:
        self.throttle = Throttle(lambda: self.at[0], lambda: 1_800_000_000.0 + self.at[0])

    def ask(self, client: str = "a", kind: str = "data") -> Any:
        return self.throttle.admit(client, kind)

    def passes(self, client: str = "a") -> bool:
        return self.ask(client).refusal is None

    def wait(self, client: str = "a") -> str:
        return dict(self.ask(client).refusal.headers)["Retry-After"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_no_limit_is_about_nobody(bench: Bench) -> None:
    assert bench.ask() is None


def test_a_bucket_empties_and_refills(bench: Bench) -> None:
    bench.throttle.limit(Rate(per_s=0.5, burst=2))
    assert bench.throttle.rate == Rate(0.5, 2)
    assert [bench.passes(), bench.passes(), bench.wait()] == [True, True, "2"]
    assert bench.passes("b")
    bench.at[0] = 1.9
    assert bench.wait() == "1"
    bench.at[0] = 2.0
    assert [bench.passes(), bench.wait()] == [True, "2"]
    assert bench.throttle.refused == 3
    bench.throttle.lift()
    assert (bench.ask(), bench.throttle.refused, bench.throttle.rate) == (None, 0, None)


def test_a_window_is_full_until_it_ends(bench: Bench) -> None:
    bench.throttle.configure({"kind": "fixed-window", "limit": 2, "window_s": 10})
    bench.at[0] = 3.0
    assert [bench.passes(), bench.passes(), bench.wait()] == [True, True, "10"]
    bench.at[0] = 12.5
    assert bench.wait() == "1"
    bench.at[0] = 13.0
    assert bench.passes()
    bench.at[0] = 47.0  # windows go on from the first one
    assert [bench.passes(), bench.passes(), bench.wait()] == [True, True, "6"]


def test_a_cap_counts_what_runs(bench: Bench) -> None:
    bench.throttle.configure({"kind": "concurrency", "limit": 2})
    first, second = bench.ask(), bench.ask()
    assert bench.wait() == "1"
    first.release()
    third = bench.ask()
    assert third.refusal is None
    second.release()
    third.release()
    assert [bench.passes(), bench.passes(), bench.passes()] == [True, True, False]


def test_a_refusal_by_one_limit_gives_back_what_another_took(bench: Bench) -> None:
    bench.throttle.configure([{"kind": "concurrency", "limit": 1}, {"kind": "fixed-window", "limit": 1, "window_s": 5}])
    bench.ask().release()
    assert not bench.passes()
    bench.at[0] = 5.0
    assert bench.passes()


def test_limits_are_for_the_clients_and_kinds_they_name(bench: Bench) -> None:
    bench.throttle.configure({"rate_per_s": 0.001, "burst": 1, "client": "batch-*", "kinds": ["token"]})
    assert bench.ask("app", "token") is None
    assert bench.ask("batch-1", "data") is None
    assert bench.ask("batch-1", "token").refusal is None
    assert bench.ask("batch-1", "token").refusal is not None
    assert bench.ask("batch-2", "token").refusal is None


def test_all_clients_can_share_one_quota(bench: Bench) -> None:
    bench.throttle.configure({"rate_per_s": 0.001, "burst": 1, "per": "all"})
    assert [bench.passes("a"), bench.passes("b")] == [True, False]


ONE = {"kind": "fixed-window", "limit": 1, "window_s": 30}


@pytest.mark.parametrize(
    ("dialect", "status", "body", "headers"),
    [
        ({}, 429, "vendor", {"Retry-After": "30"}),
        ({"status": 503, "body": "html"}, 503, "html", {"Retry-After": "30"}),
        ({"body": "empty", "retry_after": "absent"}, 429, "empty", {}),
        ({"retry_after": "date"}, 429, "vendor", {"Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT"}),
        ({"retry_after": "-1"}, 429, "vendor", {"Retry-After": "-1"}),
        (
            {"body": "problem+json", "headers": ["ratelimit"]},
            429,
            "problem+json",
            {"Retry-After": "30", "RateLimit-Policy": '"client";q=1;w=30', "RateLimit": '"client";r=0;t=30'},
        ),
        (
            {"retry_after": "absent", "headers": ["x-ratelimit"]},
            429,
            "vendor",
            {"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000030"},
        ),
        (
            {"retry_after": "absent", "headers": ["x-ratelimit-seconds"]},
            429,
            "vendor",
            {"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"},
        ),
    ],
)
def test_dialects(bench: Bench, dialect: dict[str, Any], status: int, body: str, headers: dict[str, str]) -> None:
    bench.throttle.configure(ONE | dialect)
    passed = bench.ask()
    assert bool(passed.headers) is ("headers" in dialect)
    refusal = bench.ask().refusal
    assert (refusal.status, refusal.body, dict(refusal.headers)) == (status, body, headers)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (5, "a limit is 5"),
        ({}, "rate_per_s is None: token-bucket needs rate_per_s and burst"),
        ({"rate_per_s": 0, "burst": 1}, "rate_per_s is 0; a rate is more than 0 per second"),
        ({"rate_per_s": 1, "burst": 0.5}, "burst is 0.5"),
        ({"rate_per_s": "1", "burst": 1}, "rate_per_s is '1'"),
        ({"rate_per_s": 1, "brust": 1}, "did you mean burst"),
        ({"rate_per_s": 1, "burst": 1, "limit": 3}, "unknown field 'limit'"),
        ({"kind": "leaky", "limit": 1}, "valid: token-bucket, fixed-window, concurrency"),
        ({"kind": "fixed-window", "limit": 1}, "window_s is None"),
        ({"kind": "concurrency", "limit": 0}, "limit is 0"),
        (ONE | {"status": 42}, "200 to 599"),
        (ONE | {"body": "htm"}, "did you mean html"),
        (ONE | {"headers": "ratelimit"}, "headers is 'ratelimit'; it is a list"),
        (ONE | {"headers": ["rate-limit"]}, "did you mean ratelimit"),
        (ONE | {"kinds": ["dta"]}, "did you mean data"),
        (ONE | {"client": 1}, "client is 1"),
        (ONE | {"per": "user"}, "valid: client, all"),
    ],
)
def test_says_what_is_wrong_and_changes_nothing(bench: Bench, raw: Any, words: str) -> None:
    bench.throttle.configure(ONE)
    with pytest.raises(LimitError) as refused:
        bench.throttle.configure(raw)
    assert words in str(refused.value)
    assert bench.throttle.listing() == [ONE]
