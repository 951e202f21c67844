"""Bodies whose bytes are not what the head says."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.mock_ehr.behaviours.bodies import answer_of, rewritten

BODY = {"resourceType": "Patient", "name": [{"family": "Miller"}]}
GOOD = answer_of(BODY).body


def changed(raw: dict[str, Any], body: Any = BODY) -> Any:
    answer = rewritten(body, raw)
    assert answer is not None
    return answer


def test_corrupt_is_no_json() -> None:
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        json.loads(changed({"kind": "corrupt"}).body)


@pytest.mark.parametrize("blanks", [0, 5])
def test_nothing_or_so_many_spaces(blanks: int) -> None:
    answer = changed({"kind": "empty", "blanks": blanks})
    assert (answer.status, answer.body) == (200, b" " * blanks)


def test_latin_1_is_no_utf_8_even_where_the_text_was_ascii() -> None:
    body = changed({"kind": "charset", "flaw": "latin-1"}).body
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert len(json.loads(body.decode("latin-1"))["name"][0]["family"]) == 6


@pytest.mark.parametrize(
    ("flaw", "start", "content_type"),
    [
        ("utf-16", b"\xff\xfe{\x00", "charset=utf-8"),
        ("bom", b"\xef\xbb\xbf{", "charset=utf-8"),
        ("declared", b"{", "charset=iso-8859-1"),
    ],
)
def test_charsets(flaw: str, start: bytes, content_type: str) -> None:
    answer = changed({"kind": "charset", "flaw": flaw})
    assert answer.body.startswith(start)
    assert answer.content_type.endswith(content_type)


def test_one_bad_byte() -> None:
    with pytest.raises(UnicodeDecodeError):
        changed({"kind": "charset", "flaw": "bad-byte"}).body.decode()


def test_half_a_character_as_an_escape_is_json_that_is_no_text() -> None:
    parsed = json.loads(changed({"kind": "charset", "flaw": "lone-surrogate"}).body)
    with pytest.raises(UnicodeEncodeError):
        parsed["name"][0]["family"].encode()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe"])
def test_a_charset_needs_text(body: bytes) -> None:
    assert rewritten(body, {"kind": "charset", "flaw": "bom"}) is None


def unpacked(body: bytes) -> bytes:
    return gzip.decompress(body)


@pytest.mark.parametrize("flaw", ["truncated", "wrong-checksum", "declared-only", "deflate", "garbage-after"])
def test_streams_that_cannot_be_unpacked(flaw: str) -> None:
    answer = changed({"kind": "gzip", "flaw": flaw})
    assert ("Content-Encoding", "gzip") in answer.headers
    with pytest.raises((OSError, EOFError, zlib.error)):
        unpacked(answer.body)


def test_streams_that_can() -> None:
    assert unpacked(changed({"kind": "gzip", "flaw": "unasked"}).body) == GOOD
    assert unpacked(unpacked(changed({"kind": "gzip", "flaw": "twice"}).body)) == GOOD
    undeclared = changed({"kind": "gzip", "flaw": "undeclared"})
    assert (unpacked(undeclared.body), undeclared.headers) == (GOOD, ())


def test_a_bomb_is_small_until_it_is_unpacked() -> None:
    answer = changed({"kind": "gzip", "flaw": "bomb", "size": 3_000_001})
    assert len(answer.body) < 20_000
    assert len(unpacked(answer.body)) == 3_000_001


def test_nothing_to_pack_is_no_effect() -> None:
    assert rewritten(b"", {"kind": "gzip", "flaw": "twice"}) is None


def test_empty_is_200_without_a_place() -> None:
    answer = changed({"kind": "empty"})
    assert (answer.status, answer.body) == (200, b"")
