from __future__ import annotations

import pytest

from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import RawLoad, RunFacts, from_json, to_json

FACTS = RunFacts("flat", 7, 1e9, 2.0, interrupted=False, unsent_by_us=0, connections=3, cpu_s=0.5)
EMPTY = RawLoad(FACTS, 0, 0, Histogram(), [], [], {}, [])


def test_an_empty_run_comes_back() -> None:
    assert to_json(from_json(to_json(EMPTY))) == to_json(EMPTY)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", ValueError),
        (b"[]", ValueError),
        (b'{"schema_version": 2}', ValueError),
        (b'{"schema_version": 1}', KeyError),
        (to_json(EMPTY).replace(b'"wanted"', b'"wnated"'), TypeError),
        (to_json(EMPTY)[:-10], ValueError),
    ],
)
def test_anything_else_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        from_json(data)
