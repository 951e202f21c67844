"""What can be made out of broken bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mock_ehr.legible import is_canonical, legible


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"a":1.50}', {"a": Decimal("1.50")}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        ('{"a":"é"}'.encode("utf-16"), {"a": "é"}),
        (b'{"a":"Mu\xf1oz"}', {"a": "Muñoz"}),
        (b'{"a":1}}', {"a": 1}),
        (b'{"a":1}{"a":2}', {"a": 1}),
        (b'[{"a":1}]', {"a": 1}),
        (b'{"a":"x\ny"}', {"a": "x\ny"}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":1', None),
        (b"", None),
        (b"<html>", None),
        (b"[1,2]", None),
        (b"null", None),
        (b"[" * 100_000, None),
    ],
)
def test_reads_what_was_meant(data: bytes, found: Any) -> None:
    assert legible(data) == found


def test_nan_is_forgiven() -> None:
    assert str((legible(b'{"a":NaN}') or {})["a"]) == "nan"


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        (b'{"a":1.50}', True),
        (b'{"a": 1.50}', False),
        (b'{"a":1,"a":2}', False),
        (b'{"a":"\\ud83d"}', False),
        (b'{"a":1.5e1}', False),
        (b'\xef\xbb\xbf{"a":1}', False),
    ],
)
def test_only_canonical_bytes_may_be_written_again(data: bytes, canonical: bool) -> None:
    assert is_canonical(data, legible(data)) == canonical
