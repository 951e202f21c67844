"""A sample of the right answers of a load run, validated in full once the run is over.

Every answer is judged at once for the right patient; all rules of FHIR R4 would cost more than the request itself.
"""

from __future__ import annotations

import json
from decimal import Decimal

from gauntlet.breaches import general_path
from synthetic.r4.rules import problems

SAMPLED = 200


class Sampling:
    """Keeps one answer in so many, evenly over `arrivals`."""

    def __init__(self, arrivals: int) -> None:
        self._stride = max(1, arrivals // SAMPLED)
        self._bodies: list[bytes] = []

    def offer(self, arrival: int, body: bytes) -> None:
        """Keep the body of a right answer if it is its turn; a create may be answered without one."""
        if arrival % self._stride == 0 and body:
            self._bodies.append(body)

    def broken_rules(self) -> tuple[int, dict[str, int]]:
        """Return how many answers were kept, and each broken rule with how many of them break it."""
        broken: dict[str, int] = {}
        for body in self._bodies:
            content = json.loads(body, parse_float=Decimal)  # an object: else it would not have been a right answer
            found = {f"{general_path(item.path, content)} ({item.rule})" for item in problems(content)}
            for rule in found:
                broken[rule] = broken.get(rule, 0) + 1
        return len(self._bodies), broken
