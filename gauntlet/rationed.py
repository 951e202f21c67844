"""A client whose limit is claimed: using up what it may ask for, and resting until some of it has flowed back.

Requests are sent a few at a time, and more of them where answers come slowly: so the client is quicker than its limit
behind a gateway, or on a machine, where each of them takes long.
"""

from __future__ import annotations

import concurrent.futures
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gauntlet.answer import Answer
from gauntlet.errors import Inconclusive
from gauntlet.steps import step
from gauntlet.target_resilience import ThrottlingClaim

AT_ONCE, MOST_AT_ONCE = 4, 32
HASTE = 2  # times the claimed rate is what the client tries to ask for
PATIENCE = 5  # times the burst: more is admitted only to a client that is slower than the refill
LONGEST_REST_S = 10.0


@dataclass(frozen=True)
class Rationed:
    """A client, its limit as claimed, and the one request that it sends again and again."""

    ask: Callable[[], Answer]
    claim: ThrottlingClaim
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def use_up(self) -> Answer:
        """Send until a request is refused with 429, and return that refusal, the last one that was sent.

        Raises Inconclusive when nothing is refused: the client is slower than the limit, or there is none.
        """
        for answers in self.rounds():
            refused = [answer for answer in answers if answer.status == 429]
            if refused:
                return refused[-1]
        raise Inconclusive("the client was never refused: answers come too slowly, or there is no limit")

    def rounds(self, least: int = AT_ONCE) -> Iterator[list[Answer]]:
        """Yield the answers of round after round, of `least` requests or more, each sent when the last one is answered.

        Ends after so many requests that a client quicker than its limit must have been refused.
        """
        step("asks beyond a claimed limit")
        sent, width = 0, least
        while sent < PATIENCE * (self.claim.burst + width):
            answers, took = self.at_once(width, width)
            yield answers
            sent += width
            width = senders(self.claim.rate_per_s, took, least)

    def rest(self, requests: float) -> int:
        """Rest until so many requests have flowed back by the claim; return how many can be relied on."""
        needed_s = min(requests / self.claim.rate_per_s, LONGEST_REST_S)
        self.sleep(needed_s)
        # what is owed after exactly this time must not be lost to a rounding of seconds
        return min(self.claim.burst, int(needed_s * self.claim.rate_per_s + 1e-6))

    def at_once(self, count: int, width: int = AT_ONCE) -> tuple[list[Answer], float]:
        """Send `count` requests, `width` at a time; return the answers in order and how many seconds all of it took."""
        started = self.clock()
        with concurrent.futures.ThreadPoolExecutor(width) as pool:
            sent = [pool.submit(self.ask) for _ in range(count)]
            answers = [future.result() for future in sent]
        return answers, self.clock() - started

    def flown_back(self, seconds: float) -> float:
        """Return how many requests flow back in some seconds, by the claim."""
        return seconds * self.claim.rate_per_s


def senders(rate_per_s: float, each_s: float, least: int = AT_ONCE) -> int:
    """Return how many must ask, `least` or more, to exceed a rate, if each of them asks every `each_s` seconds."""
    return min(max(least, math.ceil(HASTE * rate_per_s * each_s)), MOST_AT_ONCE)
