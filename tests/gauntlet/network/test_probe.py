from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable

import pytest

from gauntlet.network.probe import Ending, Plan, Sight, is_complete, look, request

Serve = Callable[[socket.socket], None]


def seen_of(serve: Serve, plan: Plan) -> Sight:
    """Probe a server that treats its one connection in its own way."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with listening.accept()[0] as connection:
                serve(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        sight = look(f"127.0.0.1:{listening.getsockname()[1]}", "/health", plan)
        thread.join()
    return sight


def answer(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    connection.recv(65536)  # until the probe has hung up


def reset(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def test_a_whole_answer_ends_the_probe_before_its_time() -> None:
    sight = seen_of(answer, Plan(30))
    assert (sight.ending, sight.complete, sight.received) == (Ending.OPEN, True, 40)
    assert sight.first_s is not None
    assert sight.last_s is not None
    assert 0 <= sight.first_s <= sight.last_s <= sight.ended_s < 10


@pytest.mark.parametrize(
    ("serve", "plan", "ending"),
    [
        (silence, Plan(0.1), Ending.OPEN),
        (lambda connection: connection.recv(65536), Plan(10), Ending.CLOSED),
        (reset, Plan(10), Ending.RESET),
        (silence, Plan(10, 0), Ending.CLOSED),
    ],
    ids=["silence", "close", "reset", "hang up"],
)
def test_how_a_connection_ends(serve: Serve, plan: Plan, ending: Ending) -> None:
    sight = seen_of(serve, plan)
    assert (sight.ending, sight.received, sight.first_s, sight.last_s) == (ending, 0, None, None)
    assert ending is not Ending.OPEN or sight.ended_s >= 0.1


def test_a_refused_connection_is_seen_not_raised() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert look(f"127.0.0.1:{nobody.getsockname()[1]}", "/", Plan(1)).ending is Ending.REFUSED


@pytest.mark.parametrize("size", [1, 4096])
def test_a_request_is_a_valid_get_of_at_least_the_size(size: int) -> None:
    data = request("127.0.0.1:80", "/health?x=1", size)
    assert data.startswith(b"GET /health?x=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n")
    assert data.endswith(b"\r\n\r\n")
    assert data.count(b"\r\n\r\n") == 1
    assert size <= len(data) < size + 200


@pytest.mark.parametrize(
    ("data", "ending", "complete"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", Ending.OPEN, True),
        (b"HTTP/1.1 200 OK\r\ncontent-length:3\r\n\r\nab", Ending.CLOSED, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", Ending.CLOSED, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", Ending.OPEN, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", Ending.CLOSED, False),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", Ending.CLOSED, True),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", Ending.OPEN, False),
    ],
)
def test_when_an_answer_is_whole(data: bytes, ending: Ending, complete: bool) -> None:
    assert is_complete(data, ending) is complete
