"""The adapter, with the built-in and with the real server behind it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests
from toxiproxy import api as package_api

from gauntlet.network.errors import (
    NetworkError,
    NetworkRefusedError,
    NetworkUnreachableError,
    UnknownFaultError,
)
from gauntlet.network.toxiproxy import Network


@pytest.fixture
def network(server: str, upstream: str, api: httpx.Client) -> Iterator[Network]:
    assert api
    network = Network(server)
    network.create_proxy("ehr", upstream, probe_path="/metadata")
    yield network
    network.reset()


PROVABLE: list[tuple[str, dict[str, int]]] = [
    ("latency", {"latency": 600}),
    ("latency", {"latency": 600, "jitter": 600}),
    ("bandwidth", {"rate": 40}),
    ("bandwidth", {"rate": 0}),
    ("slow_close", {"delay": 600}),
    ("timeout", {"timeout": 0}),
    ("timeout", {"timeout": 50}),
    ("reset_peer", {"timeout": 0}),
    ("reset_peer", {"timeout": 100}),
    ("slicer", {"average_size": 400, "size_variation": 40, "delay": 9000}),
    ("limit_data", {"bytes": 0}),
    ("limit_data", {"bytes": 700}),
]


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize(("toxic", "attributes"), PROVABLE, ids=str)
def test_a_fault_proves_itself_and_is_gone_afterwards(
    network: Network, api: httpx.Client, toxic: str, attributes: dict[str, int], stream: str
) -> None:
    with network.fault("ehr", toxic, stream=stream, **attributes) as fault:
        (added,) = api.get("/proxies/ehr/toxics").json()
        assert fault.ended is None
    assert fault.proven(), fault.evidence
    assert "without the fault" in fault.evidence
    definition = json.loads(fault.definition)
    assert definition["attributes"] == attributes
    assert (added["type"], added["stream"], added["name"]) == (toxic, stream, fault.name)
    assert fault.ended is not None
    assert fault.started <= fault.ended
    assert api.get("/proxies/ehr/toxics").json() == []


def test_a_proxy_that_is_down_proves_itself_and_opens_again(network: Network, api: httpx.Client) -> None:
    with network.down("ehr") as fault:
        assert api.get("/proxies/ehr").json()["enabled"] is False
        assert fault.proven()
    assert api.get("/proxies/ehr").json()["enabled"] is True


def test_a_toxicity_below_1_is_probed_until_a_connection_is_hit(network: Network) -> None:
    with network.fault("ehr", "reset_peer", toxicity=0.5) as fault:
        assert fault.proven(), fault.evidence


@pytest.mark.parametrize(
    ("toxic", "options", "evidence"),
    [
        ("latency", {"latency": 600, "toxicity": 0.0}, "affects no connection"),
        ("noop", {}, "nothing to see"),
        ("limit_data", {"bytes": 10**9}, "larger"),
    ],
)
def test_a_fault_without_effect_is_not_proven(
    network: Network, toxic: str, options: dict[str, Any], evidence: str
) -> None:
    with network.fault("ehr", toxic, **options) as fault:
        assert not fault.proven()
    assert evidence in fault.evidence


def test_a_fault_that_somebody_removed_is_not_proven(network: Network, api: httpx.Client) -> None:
    window = network.fault("ehr", "reset_peer")
    fault = window.__enter__()
    api.delete(f"/proxies/ehr/toxics/{fault.name}")
    assert not fault.proven()
    assert "closed" in fault.evidence
    with pytest.raises(NetworkRefusedError, match="toxic not found"):
        window.__exit__(None, None, None)


def test_a_fault_is_removed_after_an_error_and_not_probed_for_it(network: Network, api: httpx.Client) -> None:
    with pytest.raises(ZeroDivisionError), network.fault("ehr", "latency", latency=60_000) as fault:
        _ = 1 / 0
    assert api.get("/proxies/ehr/toxics").json() == []
    assert not fault.proven()
    assert fault.evidence == "the fault ended before it was probed"
    with pytest.raises(ZeroDivisionError), network.down("ehr"):
        _ = 1 / 0
    assert api.get("/proxies/ehr").json()["enabled"] is True


def test_two_faults_of_one_kind_live_together(network: Network, api: httpx.Client) -> None:
    with network.fault("ehr", "noop"), network.fault("ehr", "noop"):
        assert len(api.get("/proxies/ehr/toxics").json()) == 2
    assert api.get("/proxies/ehr/toxics").json() == []


def test_a_proxy_says_where_it_is(network: Network, upstream: str) -> None:
    proxy = network.create_proxy("second", upstream)
    assert proxy.listen.startswith("127.0.0.1:")
    assert (proxy.url, proxy.upstream) == (f"http://{proxy.listen}", upstream)
    with socket.create_connection(("127.0.0.1", int(proxy.listen.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(b"hello")
        assert connection.recv(5) == b"hello"


def test_a_proxy_can_have_a_port_of_its_own(network: Network, upstream: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    assert network.create_proxy("fixed", upstream, listen=listen).listen == listen
    with pytest.raises(NetworkRefusedError, match=r"500.*in use"):
        network.create_proxy("again", upstream, listen=listen)


def test_the_version_is_the_server_s(network: Network) -> None:
    assert network.version() in {"2.12.0", "git"}


def test_reset_removes_toxics_of_others_too(network: Network, api: httpx.Client) -> None:
    api.post("/proxies/ehr/toxics", json={"type": "noop"})
    network.reset()
    assert api.get("/proxies/ehr/toxics").json() == []


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda n: n.create_proxy("ehr", "127.0.0.1:1"), NetworkRefusedError, "409"),
        (lambda n: n.create_proxy("a/b", "127.0.0.1:1"), NetworkError, "valid are letters"),
        (lambda n: n.fault("her", "noop").__enter__(), UnknownFaultError, "did you mean 'ehr'"),
        (lambda n: n.down("her").__enter__(), UnknownFaultError, "did you mean 'ehr'"),
        (lambda n: n.fault("ehr", "latancy").__enter__(), UnknownFaultError, "did you mean 'latency'"),
        (lambda n: n.fault("ehr", "latency", delay=5).__enter__(), UnknownFaultError, "valid: jitter, latency"),
        (lambda n: n.fault("ehr", "latency", latency=0.5).__enter__(), UnknownFaultError, "whole numbers"),
        (lambda n: n.fault("ehr", "noop", stream="up").__enter__(), UnknownFaultError, "upstream"),
        (lambda n: n.fault("ehr", "noop", toxicity=2).__enter__(), UnknownFaultError, "from 0 to 1"),
    ],
)
def test_mistakes_are_told_with_what_is_valid(
    network: Network, act: Callable[[Network], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        act(network)


def test_nobody_at_the_address_is_unreachable() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        network = Network(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        for call in (network.version, network.reset, lambda: network.create_proxy("p", "127.0.0.1:1")):
            with pytest.raises(NetworkUnreachableError, match="hint"):
                call()


@pytest.mark.parametrize("url", ["127.0.0.1:8474", "https://127.0.0.1:1", "http://127.0.0.1", "http://h:1/path"])
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(NetworkError, match=r"valid is http://host:port"):
        Network(url)


def test_the_environment_s_proxy_is_not_used(built_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert Network(built_in).version() == "2.12.0"


def test_two_servers_in_one_process_and_nothing_left_changed(
    built_in: str, server: str, upstream: str, api: httpx.Client
) -> None:
    assert api
    before = package_api.APIConsumer.host, package_api.APIConsumer.port
    first, second = Network(built_in), Network(server)
    first.create_proxy("only-here", upstream)
    second.create_proxy("only-there", upstream)
    if built_in != server:
        assert [*names(first)] == ["only-here"]
        assert "only-here" not in names(second)
    assert (package_api.APIConsumer.host, package_api.APIConsumer.port) == before
    assert package_api.requests is requests
    httpx.delete(f"{built_in}/proxies/only-here", trust_env=False)


def names(network: Network) -> list[str]:
    with network._package() as package:
        return list(package.proxies())
