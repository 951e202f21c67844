"""From bytes to requests: what is parsed, what is taken without parsing, and what is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mock_ehr.limits import Limits, LimitsError, parse_limits
from mock_ehr.reading import RequestReader

LIMITS = Limits(head=1000, url=100, body=500, headers=10)
SAME = b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n"


def reader() -> RequestReader:
    return RequestReader(LIMITS, None, lambda: None)


def read(*pieces: bytes, parse_all: bool = False) -> list[tuple[int, str, str, str, dict[str, str], bytes]]:
    """What a connection makes of pieces; with `parse_all` nothing is taken from the request before."""
    made, seen = reader(), []
    for piece in pieces:
        if parse_all:
            made._tail = b""
        made.feed(piece)
        for status, request in made.ready:
            seen.append((status, request.method, request.path, request.query, request.headers, request.body))
        made.ready.clear()
    return seen


def test_repeated_headers_are_taken_as_they_were() -> None:
    made = reader()
    for target in (b"/a", b"/b?c=1", b"/d"):
        made.feed(b"GET " + target + SAME)
    first, second, third = (request for _, request in made.ready)
    assert (first.path, second.path, second.query, third.path) == ("/a", "/b", "c=1", "/d")
    made.ready.clear()
    made.feed(b"GET /e" + SAME)
    assert made.ready[0][1].headers is third.headers


PIECES = [
    b"GET /a" + SAME,
    b"GET /b?x=%41&y" + SAME,
    b"GET http://host/c" + SAME,
    b"GET /a b" + SAME,
    b"GET /a\x00" + SAME,
    b"GET /\xff" + SAME,
    b"GET " + SAME,
    b"GET /" + b"l" * 200 + SAME,
    b"HEAD /a" + SAME,
    b"POST /a" + SAME,
    b"GET /1" + SAME + b"GET /2" + SAME,
    b"GET /a HTTP/1.1\r\nX: 1" + SAME,
    b"GET /a HTTP/1.1\r\nX: 1\r\n\r\nGET /smuggled" + SAME,
    b"GET /split",
    SAME,
    b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"POST /p HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET ",
    b"POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"POST /p HTTP/1.1\r\nContent-Length: 60\r\n\r\n",
    b"GET /g HTTP/1.1\r\nContent-Length: 2\r\n\r\n",
    b"hi",
    b"GET /u HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"\r\n",
]


def test_the_short_way_reads_what_the_parser_reads() -> None:
    draw = random.Random(11)
    for _ in range(3000):
        pieces = draw.choices(PIECES, weights=[8, 4, *([1] * (len(PIECES) - 2))], k=draw.randint(1, 6))
        assert read(*pieces) == read(*pieces, parse_all=True), pieces


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"u" * 200 + SAME, 414),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: 1\r\n" % number for number in range(11)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 1000 + b"\r\n\r\n", 431),
        (b"\r\n" * 600, 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 501\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1f5\r\n" + b"a" * 501, 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"T: 1\r\n" * 12, 431),
        (b"NONSENSE\r\n\r\n", 400),
    ],
    ids=["url", "headers", "head", "empty lines", "length", "chunks", "trailers", "no HTTP"],
)
def test_refuses_what_is_too_large(sent: bytes, status: int) -> None:
    assert [row[0] for row in read(sent)] == [status]
    piecewise = read(*(sent[start : start + 37] for start in range(0, len(sent), 37)))
    assert [row[0] for row in piecewise] == [status]


def test_chunks_that_are_mostly_extensions_are_refused() -> None:
    sent = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"e" * 6000
    assert [row[0] for row in read(*(sent[start : start + 100] for start in range(0, len(sent), 100)))] == [413]


def test_trailers_are_no_headers() -> None:
    sent = b"POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    ((_, _, _, _, headers, body),) = read(sent)
    assert ("authorization" in headers, body) == (False, b"a")


def test_a_target_in_absolute_form_is_a_path() -> None:
    assert read(b"GET http://host:1/a/b?c HTTP/1.1\r\nHost: x\r\n\r\n")[0][2:4] == ("/a/b", "c")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"bodi": 1}, "did you mean body"),
        ({"body": 0}, "body is 0; it is a whole number above 0"),
        ({"body": 1.5}, "whole number"),
        ({"idle_s": "x"}, "idle_s is 'x'; it is a number above 0"),
    ],
)
def test_wrong_limits(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(LimitsError) as refused:
        parse_limits(raw)
    assert words in str(refused.value)


def test_limits_change_one_by_one() -> None:
    assert parse_limits({"body": 5, "idle_s": 0.5}) == Limits(body=5, idle_s=0.5)
