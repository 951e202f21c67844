"""What proxied connections go through: the same for the built-in and the real server."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

Connect = Callable[[str], socket.socket]


@pytest.fixture
def listen(api: httpx.Client, upstream: str) -> str:
    made = api.post("/proxies", json={"name": "p", "listen": "127.0.0.1:0", "upstream": upstream})
    return str(made.json()["listen"])


def add(api: httpx.Client, kind: str, stream: str = "downstream", **attributes: int) -> None:
    body = {"type": kind, "stream": stream, "attributes": attributes}
    assert api.post("/proxies/p/toxics", json=body).is_success


def remove(api: httpx.Client, name: str) -> None:
    assert api.delete(f"/proxies/p/toxics/{name}").status_code == 204


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(65536)
        assert more, f"closed after {len(data)} of {count} bytes"
        data += more
    return data


def echoed(connection: socket.socket, data: bytes) -> bool:
    connection.sendall(data)
    return exactly(connection, len(data)) == data


@pytest.mark.parametrize(
    "toxics",
    [
        [],
        [("latency", {"latency": 5, "jitter": 5})],
        [("bandwidth", {"rate": 20000})],
        [("slicer", {"average_size": 700, "size_variation": 300, "delay": 10})],
        [
            ("noop", {}),
            ("latency", {"latency": 2}),
            ("slicer", {"average_size": 9000}),
            ("bandwidth", {"rate": 9000}),
        ],
    ],
    ids=lambda toxics: "+".join(kind for kind, _ in toxics) or "none",
)
def test_bytes_arrive_untouched(api: httpx.Client, listen: str, connect: Connect, toxics: list[Any]) -> None:
    for kind, attributes in toxics:
        add(api, kind, "upstream", **attributes)
        add(api, kind, "downstream", **attributes)
    data = Random(5).randbytes(60_000)
    connection = connect(listen)
    for start in range(0, len(data), 20_000):
        assert echoed(connection, data[start : start + 20_000])


def test_a_toxic_acts_on_connections_that_exist_already_and_no_longer_when_removed(
    api: httpx.Client, listen: str, connect: Connect
) -> None:
    connection = connect(listen)
    assert echoed(connection, b"before")
    add(api, "latency", latency=200)
    started = time.monotonic()
    assert echoed(connection, b"during")
    assert time.monotonic() - started >= 0.19
    add(api, "latency", "upstream", latency=100_000)
    connection.sendall(b"held")
    remove(api, "latency_upstream")
    assert exactly(connection, 4) == b"held"


def test_changed_attributes_act_on_connections_that_exist(api: httpx.Client, listen: str, connect: Connect) -> None:
    connection = connect(listen)
    add(api, "latency", latency=100_000)
    connection.sendall(b"held")
    api.post("/proxies/p/toxics/latency_downstream", json={"attributes": {"latency": 0}})
    connection.sendall(b"free")
    assert exactly(connection, 8) == b"heldfree"


def test_removing_a_timeout_closes_the_connection(api: httpx.Client, listen: str, connect: Connect) -> None:
    add(api, "timeout", timeout=0)
    connection = connect(listen)
    connection.sendall(b"lost")
    connection.settimeout(0.2)
    with pytest.raises(TimeoutError):
        connection.recv(10)
    connection.settimeout(10)
    remove(api, "timeout_downstream")
    assert connection.recv(10) == b""


def test_changing_a_timeout_leaves_the_connection(api: httpx.Client, listen: str, connect: Connect) -> None:
    add(api, "timeout", timeout=0)
    connection = connect(listen)
    connection.sendall(b"lost")
    started = time.monotonic()
    api.post("/proxies/p/toxics/timeout_downstream", json={"attributes": {"timeout": 200}})
    assert connection.recv(10) == b""
    assert time.monotonic() - started >= 0.18


def test_a_timeout_counts_from_the_last_data(api: httpx.Client, listen: str, connect: Connect) -> None:
    add(api, "timeout", "upstream", timeout=400)
    connection = connect(listen)
    started = time.monotonic()
    connection.settimeout(0.25)
    connection.sendall(b"a")
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.sendall(b"b")
    connection.settimeout(10)
    assert connection.recv(1) == b""
    assert time.monotonic() - started >= 0.6


def test_reset_peer_resets_new_connections(api: httpx.Client, listen: str, connect: Connect) -> None:
    add(api, "reset_peer")
    connection = connect(listen)
    connection.sendall(b"hello")
    with pytest.raises(ConnectionResetError):
        connection.recv(10)


def test_reset_peer_closes_older_connections_without_a_reset(api: httpx.Client, listen: str, connect: Connect) -> None:
    connection = connect(listen)
    assert echoed(connection, b"before")
    add(api, "reset_peer")
    connection.sendall(b"after")
    assert connection.recv(10) == b""


def test_a_data_limit_counts_per_connection_and_survives_updates(
    api: httpx.Client, listen: str, connect: Connect
) -> None:
    add(api, "limit_data", bytes=10)
    for _ in range(2):
        connection = connect(listen)
        assert echoed(connection, b"12345678")
        connection.sendall(b"abcdef")
        assert exactly(connection, 2) == b"ab"
        assert connection.recv(10) == b""
    connection = connect(listen)
    assert echoed(connection, b"12345678")
    api.post("/proxies/p/toxics/limit_data_downstream", json={"attributes": {"bytes": 9}})
    connection.sendall(b"abcdef")
    assert exactly(connection, 1) == b"a"
    assert connection.recv(10) == b""


def test_exactly_the_limit_closes_too(api: httpx.Client, listen: str, connect: Connect) -> None:
    add(api, "limit_data", "upstream", bytes=4)
    connection = connect(listen)
    connection.sendall(b"1234")
    closed = False
    while not closed:  # the echo may still come before the close
        closed = connection.recv(10) == b""


def test_slow_close_delays_only_the_close(api: httpx.Client, listen: str, connect: Connect) -> None:
    add(api, "slow_close", delay=300)
    connection = connect(listen)
    assert echoed(connection, b"quick")
    started = time.monotonic()
    connection.sendall(b"close")
    assert connection.recv(10) == b""
    assert time.monotonic() - started >= 0.29


def test_down_ends_connections_and_refuses_new_ones(api: httpx.Client, listen: str, connect: Connect) -> None:
    connection = connect(listen)
    assert echoed(connection, b"before")
    api.post("/proxies/p", json={"enabled": False})
    assert connection.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(listen)
    api.post("/proxies/p", json={"enabled": True})
    assert echoed(connect(listen), b"after")


def test_a_changed_upstream_drops_the_connections(api: httpx.Client, listen: str, connect: Connect) -> None:
    connection = connect(listen)
    assert echoed(connection, b"before")
    with socket.create_server(("127.0.0.1", 0)) as other:
        answer = api.patch("/proxies/p", json={"upstream": f"127.0.0.1:{other.getsockname()[1]}"})
        assert answer.json()["listen"] == listen
        assert connection.recv(10) == b""
        connect(listen)
        other.settimeout(10)
        other.accept()[0].close()


def test_an_unreachable_upstream_accepts_and_closes(api: httpx.Client, connect: Connect) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        upstream = f"127.0.0.1:{nobody.getsockname()[1]}"
        made = api.post("/proxies", json={"name": "q", "listen": "127.0.0.1:0", "upstream": upstream}).json()
        assert connect(made["listen"]).recv(10) == b""


def test_a_client_that_stops_sending_is_closed_as_a_whole(listen: str, connect: Connect) -> None:
    connection = connect(listen)
    assert echoed(connection, b"hello")
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(10) == b""


def test_a_toxicity_hits_a_share_of_the_connections_and_stays_with_each(
    api: httpx.Client, listen: str, connect: Connect
) -> None:
    body = {"type": "limit_data", "toxicity": 0.5, "attributes": {"bytes": 0}}
    assert api.post("/proxies/p/toxics", json=body).is_success
    spared = 0
    for _ in range(40):
        connection = connect(listen)
        connection.sendall(b"hello")
        if connection.recv(10):
            spared += 1
            assert all(echoed(connection, b"again") for _ in range(5))
    assert 5 <= spared <= 35
