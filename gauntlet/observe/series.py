"""Series of metrics and selectors of them, written as operators write them: `name{label="value",other=~"pattern"}`.

Source: Prometheus, "Querying basics", instant vector selectors (https://prometheus.io/docs/prometheus/latest/querying/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SELECTOR = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*")
_MATCHER = re.compile(r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Selector:
    """Which series are meant: a name, and matchers as (label, operator, value). An absent label is an empty one."""

    name: str
    matchers: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Return the selector that `text` is. Raises ValueError."""
        found = _SELECTOR.fullmatch(text)
        if found is None:
            raise ValueError(f'{text!r} is no series such as http_requests_total{{code="401"}}')
        return cls(found[1], tuple(_matchers(found[2] or "", text)))

    def fits(self, sample: Sample) -> bool:
        """Return whether `sample` is one of the series meant."""
        return sample.name == self.name and all(
            _fits(sample.labels.get(label, ""), operator, value) for label, operator, value in self.matchers
        )

    def total(self, samples: Iterable[Sample]) -> float:
        """Return the sum of the series meant: 0 while there is none, because counters appear with their first event."""
        return sum(sample.value for sample in samples if self.fits(sample))


def _matchers(inside: str, text: str) -> Iterable[tuple[str, str, str]]:
    position = 0
    while position < len(inside.rstrip()):
        found = _MATCHER.match(inside, position)
        if found is None:
            raise ValueError(f'{text!r}: {inside[position:]!r} is no matcher such as code="401"')
        if "~" in found[2]:
            _compiled(found[3], text)
        yield found[1], found[2], found[3].replace('\\"', '"').replace("\\\\", "\\")
        position = found.end()


def _compiled(pattern: str, text: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{text!r}: {pattern!r} is no regular expression: {error}") from None


def _fits(actual: str, operator: str, value: str) -> bool:
    same = re.fullmatch(value, actual) is not None if "~" in operator else actual == value
    return same != operator.startswith("!")
