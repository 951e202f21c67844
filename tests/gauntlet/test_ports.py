import socket

import pytest

from gauntlet.errors import SetupError
from gauntlet.ports import free_port, host_and_port, listening, require_free


def test_a_free_port_is_free():
    port = free_port()
    assert not listening("127.0.0.1", port)
    require_free(f"127.0.0.1:{port}", "gateway")
    with socket.create_server(("127.0.0.1", port)):
        assert listening("127.0.0.1", port)


def test_a_taken_port_is_named_with_the_way_to_find_its_holder():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SetupError) as caught:
            require_free(f"127.0.0.1:{port}", "issuer")
    assert caught.value.message == f"the issuer cannot listen on 127.0.0.1:{port}: the port is taken"
    assert f"sport = :{port}" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080/fhir", ("127.0.0.1", 8080)),
        ("http://gateway/fhir", ("gateway", 80)),
        ("https://gateway", ("gateway", 443)),
        ("http://[::1]:81/", ("::1", 81)),
    ],
)
def test_host_and_port(url, expected):
    assert host_and_port(url) == expected
