import socket
import stat
import sys

import pytest

from gauntlet import launch
from gauntlet.errors import SetupError, TargetError
from gauntlet.judgement import GATEWAY
from gauntlet.launch import start_gateway, wait_until_ready, with_addresses
from gauntlet.ports import free_port
from gauntlet.target import Target
from tests.gauntlet.samples import target_file
from tests.gauntlet.wire import answer, serving

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_):
        pass
print("argument", sys.argv[1], "in", os.getcwd(), "with", os.environ["SECRET"], flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def running():
    processes = []
    yield processes
    for item in processes:
        item.stop(0.2)


@pytest.fixture
def values(tmp_path):
    return {
        "run_dir": str(tmp_path),
        "target_dir": str(tmp_path),
        "python": sys.executable,
        "defect": "",
        "gateway.port": str(free_port()),
    }


def target_of(tmp_path, **changes):
    table = {
        "command": ["{python}", "-c", SERVER, "{gateway.port}", "{defect}"],
        "ready": "{gateway.root}/ready",
        "env": {"SECRET": "${MY_SECRET}"},
        "ready_timeout_s": 20,
        **changes,
    }
    gateway = {"name": "G", "base_url": "http://127.0.0.1:{gateway.port}/fhir/", "launch": table}
    return Target(tmp_path / "t.toml", target_file(gateway=gateway))


def start(target, values, running):
    complete = with_addresses(values, target.file)
    gateway = start_gateway(target, complete, {"MY_SECRET": "s3cret"})
    running.append(gateway)
    wait_until_ready(gateway, target, complete, {"MY_SECRET": "s3cret"})
    return gateway


def test_addresses(tmp_path, values):
    found = with_addresses({**values, "gateway.port": "81"}, target_of(tmp_path).file)
    assert found["gateway.base_url"] == "http://127.0.0.1:81/fhir"  # a slash at the end would be doubled
    assert found["gateway.root"] == "http://127.0.0.1:81"
    assert found["consumer.audience"] == "http://127.0.0.1:81/fhir"


def test_a_gateway_is_started_and_awaited(tmp_path, values, running):
    files = {"conf/a.json": '{"port": {gateway.port}, "secret": "${MY_SECRET}"}'}
    gateway = start(target_of(tmp_path, files=files), values, running)
    assert gateway.last_lines() == f"argument {values['gateway.port']} in {tmp_path} with s3cret"
    written = tmp_path / "gateway" / "conf" / "a.json"
    assert written.read_text() == f'{{"port": {values["gateway.port"]}, "secret": "s3cret"}}'
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_port_that_is_taken(tmp_path, values, running):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        values["gateway.port"] = str(holder.getsockname()[1])
        with pytest.raises(SetupError, match=r"the gateway cannot listen on 127\.0\.0\.1:.* the port is taken"):
            start(target_of(tmp_path), values, running)


def test_a_gateway_that_ends_at_once(tmp_path, values, running):
    command = ["{python}", "-c", "raise SystemExit('no licence')"]
    with pytest.raises(SetupError) as caught:
        start(target_of(tmp_path, command=command), values, running)
    assert caught.value.message == (
        "the gateway process ended with exit status 1 before it was ready; its last output:\nno licence"
    )
    assert "gateway.log" in caught.value.hint


NOT_READY = {
    "503": (answer("503 Busy"), "it answers 503"),
    "302": (answer("302 Found", b"", "Location: /"), "it answers 302"),
    "no HTTP": (b"nonsense\r\n\r\n", "RemoteProtocolError"),
}


@pytest.mark.parametrize(("sent", "seen"), NOT_READY.values(), ids=NOT_READY)
def test_a_gateway_that_never_gets_ready(tmp_path, values, running, sent, seen):
    with serving(sent) as server, pytest.raises(SetupError) as caught:
        start(target_of(tmp_path, ready=server.url, ready_timeout_s=0.3), values, running)
    assert f"the gateway did not become ready within 0.3 s: GET {server.url}: {seen}" in caught.value.message
    assert "its last output:\n" in caught.value.message
    assert "ready_timeout_s" in caught.value.hint


def test_a_gateway_that_does_not_listen(tmp_path, values, running):
    with pytest.raises(SetupError, match=r"GET http://127\.0\.0\.1:1/: ConnectError"):
        start(target_of(tmp_path, ready="http://127.0.0.1:1/", ready_timeout_s=0.3), values, running)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"command": ["{python}", "{issuer.url}"]}, "{issuer.url} has no value in this place"),
        ({"env": {"X": "${ABSENT}"}}, "the environment variable ABSENT is not set"),
        ({"files": {"a": "{gatewy.port}"}}, "unknown placeholder {gatewy.port}; did you mean 'gateway.port'?"),
    ],
)
def test_placeholders_without_a_value(tmp_path, values, running, changes, reason):
    with pytest.raises(TargetError) as caught:
        start(target_of(tmp_path, **changes), values, running)
    assert reason in caught.value.message


def test_a_command_of_nothing(tmp_path, values, running):
    with pytest.raises(SetupError, match=r"cannot be started: \[\]"):
        start(target_of(tmp_path, command=["{defect}"]), values, running)


def test_the_role_is_what_judges_look_for():
    assert launch.ROLE == GATEWAY
