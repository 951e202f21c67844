"""Lanes of answers that stand: on one connection beside answers that are worked out, bounded in bytes and in number."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mock_ehr.standing import Lanes
from tests.mock_ehr.raw_socket import connection, request_bytes
from tests.mock_ehr.test_standing import alike


def test_one_connection_mixes_both_ways_in_any_order(live: Any) -> None:
    chart = live.running.state.store.population.chart(0)
    paths = [f"Patient/{chart.id}", f"Observation?patient={chart.id}&category=laboratory&_count=2"]
    first, second = (request_bytes(live, path) for path in paths)
    refused = first.replace(b"Bearer ", b"Bearer x")
    pieces = [first, first, first, second, second, second, first + second, first, refused, first, second, first]
    with connection(live) as sock:
        for piece in pieces:
            sock.sendall(piece)
            statuses = [status for status, _ in answers(sock, piece.count(b"GET "))]
            assert statuses == [401 if piece is refused else 200] * len(statuses)
    bodies = [entry["response_body"] for entry in live.control.get("/journal").json()["entries"]]
    assert [alike(body.encode()) for body in bodies[:3]] == [alike(bodies[0].encode())] * 3
    assert len(bodies) == sum(piece.count(b"GET ") for piece in pieces)
    assert [entry.request.path.rpartition("/")[2] for entry in live.running.state.journal.since(0)[0]][3:6] == [
        "Observation"
    ] * 3


def answers(sock: socket.socket, number: int) -> Iterator[tuple[int, bytes]]:
    """Read so many answers."""
    received = b""
    for _ in range(number):
        while b"\r\n\r\n" not in received:
            received += sock.recv(1 << 20) or pytest.fail("closed in the middle")
        head, _, received = received.partition(b"\r\n\r\n")
        length = int(head.rpartition(b"Content-Length: ")[2].split(b"\r\n")[0])
        while len(received) < length:
            received += sock.recv(1 << 20) or pytest.fail("closed in the middle")
        yield int(head.split(b" ", 2)[1]), received[:length]
        received = received[length:]


def test_the_oldest_go_first() -> None:
    lanes = Lanes(keep_bytes=100)
    lane = lanes.lane(b"t", None)
    for name in (b"a", b"b", b"c"):
        lanes.keep(lane, name, lambda: b"", 40)
    assert list(lane) == [b"b", b"c"]
    assert lanes.kept_bytes == 80
    lanes.keep(lane, b"d", lambda: b"", 1000)
    assert (dict(lane), lanes.kept_bytes) == ({}, 0)


def test_lanes_are_bounded() -> None:
    lanes = Lanes()
    first = lanes.lane(b"0", None)
    assert lanes.lane(b"0", None) is first
    for number in range(1000):
        lanes.lane(b"%d" % number, None)
    assert lanes.lane(b"0", None) is not first
