"""Responses as bytes."""

from __future__ import annotations

import pytest

from mock_ehr.message import Answer
from mock_ehr.wire import DateHeader, http_date, render

DATE = b"Date: x\r\n"


def test_a_response_has_its_length_and_date() -> None:
    data = render(Answer(200, b"body", "a/b", (("X", "y"),)), DATE)
    assert data == b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: a/b\r\nX: y\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize(("status", "reason"), [(429, b"Too Many Requests"), (599, b"Unknown")])
def test_the_reason_phrase(status: int, reason: bytes) -> None:
    assert render(Answer(status), b"").startswith(b"HTTP/1.1 %d %s\r\n" % (status, reason))


def test_says_that_it_closes() -> None:
    assert b"Connection: close\r\n" in render(Answer(200), DATE, keep_alive=False)
    assert b"Connection" not in render(Answer(200), DATE)


def test_an_answer_to_head_has_the_length_and_no_body() -> None:
    assert render(Answer(200, b"body"), b"", head_only=True).endswith(b"Content-Length: 4\r\n\r\n")


def test_204_has_neither_length_nor_body() -> None:
    assert render(Answer(204, b"body"), b"") == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_line_ends_in_a_value_cannot_split_the_answer() -> None:
    data = render(Answer(200, b"", "", (("X", "a\r\nSet-Cookie: b"),)), b"")
    assert b"X: a Set-Cookie: b\r\n" in data


def test_dates() -> None:
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    header = DateHeader()
    assert header.line(0.9) == b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    assert header.line(1.0) == b"Date: Thu, 01 Jan 1970 00:00:01 GMT\r\n"
