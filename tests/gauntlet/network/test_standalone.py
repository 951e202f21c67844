from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from gauntlet.network.server import main
from gauntlet.network.standalone import AddressError, Port, announce, joined, loopback_address

SERVER = [sys.executable, "-m", "gauntlet.network.server"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("127.3.4.5:80", ("127.3.4.5", 80)),
        ("localhost:8474", ("127.0.0.1", 8474)),
        (":8474", ("127.0.0.1", 8474)),
        ("[::1]:5", ("::1", 5)),
    ],
)
def test_loopback_addresses_are_read(text: str, address: tuple[str, int]) -> None:
    assert loopback_address(text) == address


@pytest.mark.parametrize("text", ["", "8474", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1", "a:²"])
def test_malformed_addresses_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(AddressError, match=r"e\.g\. 127\.0\.0\.1:0"):
        loopback_address(text)


@pytest.mark.parametrize("text", ["0.0.0.0:80", "10.0.0.1:80", "[::]:80", "example.org:80"])
def test_addresses_that_others_can_reach_are_refused(text: str) -> None:
    with pytest.raises(AddressError, match="not a loopback address"):
        loopback_address(text)


def test_ipv6_hosts_are_joined_with_brackets() -> None:
    assert (joined("::1", 5), joined("127.0.0.1", 5)) == ("[::1]:5", "127.0.0.1:5")


def test_a_port_is_kept_while_nobody_listens_and_refuses_connections_then() -> None:
    port = Port(("127.0.0.1", 0))
    for _ in range(2):
        listener = port.listener()
        socket.create_connection((port.host, port.number), timeout=5).close()
        with pytest.raises(AddressError, match="in use"):
            Port((port.host, port.number))
        listener.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((port.host, port.number), timeout=5)
    port.release()


def test_an_impossible_port_number_is_an_address_error() -> None:
    with pytest.raises(AddressError, match="70000"):
        Port(("127.0.0.1", 70000))


def test_the_announcement_is_one_json_line() -> None:
    output = io.StringIO()
    announce(output, data="http://127.0.0.1:1", control="http://127.0.0.1:2")
    assert output.getvalue().count("\n") == 1
    expected = {"ready": True, "data": "http://127.0.0.1:1", "control": "http://127.0.0.1:2"}
    assert json.loads(output.getvalue()) == expected


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_a_server_with_exit_code_0(number: signal.Signals) -> None:
    with subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read() == b""


def test_the_end_of_stdin_stops_a_server() -> None:
    with subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline()
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(10) == 0


def test_stdin_is_not_watched_when_told_so() -> None:
    command = [*SERVER, "--no-stdin-watch"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            url = json.loads(process.stdout.readline())["data"]
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as api:
                api.sendall(b"GET /version HTTP/1.0\r\n\r\n")
                assert b"200 OK" in api.recv(4096)
            assert process.poll() is None
        finally:
            process.terminate()


@pytest.mark.parametrize(("listen", "message"), [("0.0.0.0:0", "loopback"), ("nonsense", "host:port")])
def test_an_address_that_is_not_valid_is_exit_code_2_and_one_line(
    listen: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--listen", listen]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert listen in said.err
    assert message in said.err


def test_an_occupied_port_is_exit_code_2_and_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [*SERVER, "--listen", address],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env=os.environ,
        )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert address in done.stderr
    assert "choose another port, or port 0" in done.stderr
