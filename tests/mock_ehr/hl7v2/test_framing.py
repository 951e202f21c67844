"""MLLP frames, cut at every byte, with rubbish around them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ehr.hl7v2.framing import FrameError, Framer, framed

MESSAGES = st.lists(st.binary(max_size=40).filter(lambda data: b"\x0b" not in data and b"\x1c" not in data), max_size=5)


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(MESSAGES, st.lists(st.integers(0, 10_000)))
def test_messages_come_whole_wherever_the_stream_is_cut(messages: list[bytes], cuts: list[int]) -> None:
    framer = Framer()
    stream = b"".join(map(framed, messages))
    found = [message for chunk in chunked(stream, cuts) for message in framer.feed(chunk)]
    assert (found, framer.discarded) == (messages, 0)


@given(st.lists(st.binary(max_size=30)))
def test_no_bytes_break_it(chunks: list[bytes]) -> None:
    framer = Framer(longest=100_000)
    for chunk in chunks:
        framer.feed(chunk)
    found = framer.feed(b"\x1c\r" + framed(b"MSH|"))
    assert found[-1] == b"MSH|"


@pytest.mark.parametrize(
    ("stream", "found", "discarded"),
    [
        (b"noise\x0bMSH\x1c\r\n\x0bPID\x1c\r", [b"MSH", b"PID"], 6),
        (b"\x0bcut off\x0bwhole\x1c\r", [b"whole"], 8),
        (b"\x0bwith \x1c inside\x1c\r", [b"with \x1c inside"], 0),
        (b"\x0b\x1c\r", [b""], 0),
        (b"\x0bopen", [], 0),
        (b"MSH|no frame", [], 12),
    ],
)
def test_what_is_no_frame_is_passed_over(stream: bytes, found: list[bytes], discarded: int) -> None:
    for size in (1, 3, len(stream)):
        framer = Framer()
        pieces = [stream[place : place + size] for place in range(0, len(stream), size)]
        assert [message for piece in pieces for message in framer.feed(piece)] == found
        assert framer.discarded == discarded


def test_a_message_that_does_not_end_is_given_up() -> None:
    framer = Framer(longest=10)
    framer.feed(b"\x0b1234567890")
    with pytest.raises(FrameError, match="more than 10 bytes"):
        framer.feed(b"abc")


def test_long_messages_take_time_by_their_length_alone() -> None:
    """Byte by byte, a megabyte is looked through once, not once for each byte."""
    framer = Framer()
    framer.feed(b"\x0b")
    for _ in range(200_000):
        assert framer.feed(b"x") == []
    assert framer.feed(b"\x1c\r") == [b"x" * 200_000]
