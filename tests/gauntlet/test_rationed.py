"""A client whose limit is claimed, against a bucket that refills by a clock of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from gauntlet.answer import Answer
from gauntlet.errors import Inconclusive
from gauntlet.rationed import LONGEST_REST_S, Rationed
from gauntlet.target_resilience import ThrottlingClaim


@dataclass
class Bucket:
    """Counts down; time passes only by sleeping, or by so much with each request."""

    burst: int
    rate_per_s: float
    request_s: float = 0.0
    now: float = 0.0
    left: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.left = min(self.burst, self.left + seconds * self.rate_per_s)

    def ask(self) -> Answer:
        with self.lock:
            self.sleep(self.request_s)
            served = self.left >= 1
            self.left -= served
            return Answer("GET it", 200 if served else 429, {}, b"", 0.0)

    def client(self) -> Rationed:
        claim = ThrottlingClaim(burst=self.burst, rate_per_s=self.rate_per_s, ehr_concurrency=1)
        return Rationed(self.ask, claim, self.sleep, lambda: self.now)


def test_a_limit_is_used_up_and_flows_back_as_far_as_one_rests() -> None:
    client = Bucket(burst=10, rate_per_s=5.0, left=10).client()
    assert client.use_up().status == 429
    assert client.rest(5) == 5
    answers, _ = client.at_once(7)
    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 2


def test_no_more_is_owed_than_a_bucket_holds_or_flows_back_in_the_longest_rest() -> None:
    assert Bucket(burst=3, rate_per_s=5.0).client().rest(9) == 3
    slow = Bucket(burst=100, rate_per_s=0.5)
    assert slow.client().rest(100) == 5
    assert slow.now == LONGEST_REST_S


def test_a_client_slower_than_its_limit_is_told_so_in_the_end() -> None:
    with pytest.raises(Inconclusive, match="never refused"):
        Bucket(burst=10, rate_per_s=5.0, request_s=1.0).client().use_up()


def test_what_flows_back_follows_from_the_claim() -> None:
    assert Bucket(burst=10, rate_per_s=5.0).client().flown_back(0.5) == 2.5
