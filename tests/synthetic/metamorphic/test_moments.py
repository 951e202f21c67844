from __future__ import annotations

import pytest

from synthetic.metamorphic.moments import moment, on_hospital_clocks


@pytest.mark.parametrize(
    "texts",
    [
        (
            "2026-01-14T02:45:00Z",
            "2026-01-13T21:45:00-05:00",
            "2026-01-14T02:45:00.000+00:00",
            "2026-01-14T02:45:00-00:00",
        ),
        ("2026-06-15T10:30:07.5Z", "2026-06-15T16:15:07.500+05:45"),
        ("2016-12-31T23:59:60Z", "2017-01-01T08:59:60+09:00"),
    ],
)
def test_the_same_instant(texts: tuple[str, ...]) -> None:
    assert len({moment(text) for text in texts}) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2026-01-14T02:45:00Z", "2026-01-14T02:45:00-05:00"),
        ("2026-01-14T02:45:00Z", "2026-01-14T02:45:00.001Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_other_instants(left: str, right: str) -> None:
    assert moment(left) != moment(right)


@pytest.mark.parametrize(
    "text", ["2026-01-14", "2026-02-30T10:00:00Z", "2026-01-14T02:45:00", "at 2026-01-14T02:45:00Z"]
)
def test_no_instant(text: str) -> None:
    assert moment(text) is None
    assert on_hospital_clocks(text) == text


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-06-15T18:00:00Z", "2026-06-15T14:00:00-04:00"),
        ("1955-06-15T03:00:00Z", "1955-06-14T22:00:00-05:00"),
        ("2099-12-31T23:59:00.25Z", "2099-12-31T18:59:00.25-05:00"),
    ],
)
def test_on_hospital_clocks(utc: str, local: str) -> None:
    assert on_hospital_clocks(utc) == local
    assert moment(utc) == moment(local)
