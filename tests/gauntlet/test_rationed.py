"""A client whose limit is claimed, against a bucket that refills by a clock of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from gauntlet.answer import Answer
from gauntlet.errors import Inconclusive
from gauntlet.rationed import LONGEST_REST_S, MOST_AT_ONCE, Rationed, senders
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


@pytest.mark.parametrize(
    ("rate", "each_s", "least", "wanted"),
    [
        (5.0, 0.005, 4, 4),
        (5.0, 0.005, 1, 1),
        (5.0, 0.3, 1, 3),
        (20.0, 0.3, 4, 12),
        (200.0, 0.01, 4, 4),
        (500.0, 1, 4, 32),
    ],
)
def test_so_many_ask_at_once_that_the_rate_is_exceeded(rate: float, each_s: float, least: int, wanted: int) -> None:
    assert senders(rate, each_s, least) == wanted


def test_behind_slow_answers_more_ask_at_once() -> None:
    widths = []
    bucket = Bucket(burst=10, rate_per_s=5.0, request_s=0.1)  # one after the other, as one clock counts them
    for answers in bucket.client().rounds():
        widths.append(len(answers))
    assert widths[:3] == [4, 4, 4]
    assert sum(widths) >= 5 * 10
    slower = Bucket(burst=100, rate_per_s=20.0, request_s=0.05)
    assert max(len(answers) for answers in slower.client().rounds()) == MOST_AT_ONCE


def test_what_flows_back_follows_from_the_claim() -> None:
    assert Bucket(burst=10, rate_per_s=5.0).client().flown_back(0.5) == 2.5
