"""TLS on the wire: which certificates are shown, who is let in, what the journal says about handshakes."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_ehr.behaviours import FaultError
from mock_ehr.limits import Limits
from mock_ehr.serve import Settings, mock_ehr
from mock_ehr.tls import TlsSettings, client_certificate, parse_tls

SECRET = "control-secret"
GET = b"GET /FHIR/api/FHIR/R4/metadata HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
WRONG = ["expired", "not-yet-valid", "other-host", "self-signed", "unknown-authority"]


class Server:
    """A mock EHR under TLS, and what talks to it."""

    def __init__(self, running: Any, folder: Path) -> None:
        self.running = running
        self.folder = folder
        self.paths = running.state.tls.write_files(folder)
        host, port = running.data.removeprefix("https://").split(":")
        self.address = (host, int(port))

    def context(self, client: str | None = None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=self.paths["ca"])
        if client is not None:
            issued = self.running.state.tls.client("partner-7", client)
            chain = self.folder / f"{client}.pem"
            chain.write_bytes(issued.certificate + issued.key)
            made.load_cert_chain(chain)
        return made

    @contextmanager
    def connect(self, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
        with (
            socket.create_connection(self.address, timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as secure,
        ):
            yield secure

    def ask(self, context: ssl.SSLContext, request: bytes = GET) -> bytes:
        with self.connect(context) as secure:
            secure.sendall(request)
            return secure.recv(65536)

    def journal(self) -> list[dict[str, Any]]:
        return [entry.as_dict() for entry in self.running.state.journal.since(0)[0]]


@pytest.fixture
def serve(hold: Callable[[Any], Any], population: Any, tmp_path: Path) -> Callable[..., Any]:
    @contextmanager
    def start(**settings: Any) -> Iterator[Server]:
        limits = settings.pop("limits", Limits())
        with hold(mock_ehr(Settings(SECRET, tls=TlsSettings(**settings), limits=limits), population)) as running:
            yield Server(running, tmp_path)

    return start


def test_a_client_that_trusts_the_authority_is_served(serve: Callable[..., Any]) -> None:
    with serve() as server:
        assert server.running.data.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=server.paths["ca"])
        with httpx.Client(verify=context, base_url=server.running.data, trust_env=False) as client:
            answers = [client.get("/FHIR/api/FHIR/R4/metadata", headers={"Accept": "application/json"}) for _ in "ab"]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json()["implementation"]["url"].startswith("https://127.0.0.1:")


@pytest.mark.parametrize("shown", WRONG)
def test_a_wrong_certificate_is_refused_by_a_careful_client_and_the_journal_says_so(
    serve: Callable[..., Any], until: Callable[..., Any], shown: str
) -> None:
    with serve() as server:
        server.running.state.faults.arm({"name": "bad", "behaviour": {"kind": "certificate", "shown": shown}})
        with pytest.raises(ssl.SSLCertVerificationError):
            server.ask(server.context())
        (entry,) = until(lambda: [row for row in server.journal() if row["outcome"] != "open"])
        assert (entry["kind"], entry["outcome"], entry["faults"]) == ("connection", "dropped", ["bad"])
        assert entry["note"].startswith(f"certificate {shown}: the client refused it: ")
        assert "alert" in entry["note"] or "left" in entry["note"]
        assert server.running.state.faults.listing()[0]["applied"] == 1


def test_a_client_that_does_not_look_is_found_out(serve: Callable[..., Any], until: Callable[..., Any]) -> None:
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    with serve() as server:
        spec = {"behaviour": {"kind": "certificate", "shown": "expired"}, "match": {"first": 1}}
        server.running.state.faults.arm(spec)
        assert server.ask(careless).startswith(b"HTTP/1.1 200 ")
        assert server.ask(server.context()).startswith(b"HTTP/1.1 200 ")  # the fault was for one connection
        entries = [row for row in server.journal() if row["kind"] == "connection"]
        assert [row["note"] for row in entries] == ["certificate expired: the client accepted it"]


def test_the_certificate_can_be_switched_for_all(serve: Callable[..., Any], until: Callable[..., Any]) -> None:
    with serve() as server:
        control = {"base_url": server.running.control, "headers": {"Authorization": f"Bearer {SECRET}"}}
        with httpx.Client(**control, verify=False, trust_env=False) as client:
            assert client.put("/tls", json={"shown": "expired"}).json()["shown"] == "expired"
            with pytest.raises(ssl.SSLCertVerificationError):
                server.ask(server.context())
            wrong = client.put("/tls", json={"shown": "expird"})
            assert (wrong.status_code, "did you mean expired" in wrong.json()["error"]) == (400, True)
            made = client.post("/tls/client-certificates", json={"common_name": "x"}).json()
            assert "BEGIN CERTIFICATE" in made["certificate"]
            assert "PRIVATE KEY" in made["key"]
        until(lambda: [row for row in server.journal() if row["note"].startswith("certificate expired: ")])
        server.running.state.reset()
        assert server.ask(server.context()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("wanted", "given", "served"),
    [
        ("none", None, True),
        ("none", "good", True),
        ("optional", None, True),
        ("optional", "good", True),
        ("optional", "unknown-authority", False),
        ("required", None, False),
        ("required", "good", True),
        ("required", "expired", False),
        ("required", "unknown-authority", False),
    ],
)
def test_client_certificates(
    serve: Callable[..., Any], until: Callable[..., Any], wanted: str, given: str | None, served: bool
) -> None:
    with serve(client_certificate=wanted) as server:
        try:
            answered = server.ask(server.context(given)).startswith(b"HTTP/1.1 200 ")
        except (ssl.SSLError, ConnectionError):
            answered = False
        assert answered is served
        (entry,) = until(server.journal)
        assert (entry["kind"], entry["outcome"]) == (("metadata", "answered") if served else ("connection", "dropped"))
        if not served:
            assert "certificate" in entry["note"]


def test_faults_can_be_about_the_client_certificate(serve: Callable[..., Any]) -> None:
    with serve(client_certificate="optional") as server:
        spec = {"behaviour": {"kind": "status", "status": 503}, "match": {"certificate": "partner-*"}}
        server.running.state.faults.arm(spec)
        assert server.ask(server.context("good")).startswith(b"HTTP/1.1 503 ")
        assert server.ask(server.context()).startswith(b"HTTP/1.1 200 ")


def client_hello(version: bytes) -> bytes:
    """A ClientHello of a protocol before 1.3, with one old cipher suite."""
    body = version + bytes(32) + b"\x00" + b"\x00\x02\x00\x2f" + b"\x01\x00"
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(handshake).to_bytes(2, "big") + handshake


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param(b"\x03\x00", 40, id="SSL 3"),  # handshake_failure
        pytest.param(b"\x03\x01", 70, id="TLS 1.0"),  # protocol_version
        pytest.param(b"\x03\x02", 70, id="TLS 1.1"),
    ],
)
def test_old_protocols_are_refused_with_an_alert(
    serve: Callable[..., Any], until: Callable[..., Any], version: bytes, told: int
) -> None:
    with serve() as server:
        with socket.create_connection(server.address, timeout=10) as plain:
            plain.sendall(client_hello(version))
            alert = plain.recv(100)
        assert (alert[0], alert[5], alert[6]) == (21, 2, told)  # alert, fatal, why (RFC 8446 section 6)
        assert until(server.journal)[0]["outcome"] == "dropped"


def test_a_site_can_speak_one_version_alone(serve: Callable[..., Any]) -> None:
    with serve(lowest="1.3") as server:
        old = server.context()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError, match="VERSION"):
            server.ask(old)
        with server.connect(server.context()) as secure:
            assert secure.version() == "TLSv1.3"


@pytest.mark.parametrize("rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 300, b"\x00" * 50])
def test_rubbish_in_place_of_a_handshake_disturbs_nobody(serve: Callable[..., Any], rubbish: bytes) -> None:
    with serve() as server:
        with socket.create_connection(server.address, timeout=10) as plain:
            plain.sendall(rubbish)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(1000):
                pass
        assert server.ask(server.context()).startswith(b"HTTP/1.1 200 ")


def test_a_handshake_that_does_not_come_ends(serve: Callable[..., Any], until: Callable[..., Any]) -> None:
    with serve(limits=replace(Limits(), handshake_s=0.05)) as server:
        with socket.create_connection(server.address, timeout=10) as plain:
            assert plain.recv(1) == b""
        assert "longer than 0.05 s" in until(server.journal)[0]["note"]


def test_large_answers_and_pipelines_get_through(serve: Callable[..., Any]) -> None:
    with serve() as server, server.connect(server.context()) as secure:
        secure.sendall(GET * 50)
        received = b""
        while received.count(b"HTTP/1.1 200 ") < 50 or not received.endswith(b"}"):
            received += secure.recv(1 << 20) or pytest.fail("closed in the middle")
        bodies = [int(part.split(b"\r\n")[0]) for part in received.split(b"Content-Length: ")[1:]]
        assert len(bodies) == 50
        assert len(set(bodies)) == 1


def test_the_connection_can_be_reset_amid_an_answer(serve: Callable[..., Any]) -> None:
    with serve() as server:
        server.running.state.faults.arm({"behaviour": {"kind": "drop", "when": "amid"}})
        with pytest.raises((ConnectionResetError, ssl.SSLError)), server.connect(server.context()) as secure:  # noqa: PT012
            secure.sendall(GET)
            while secure.recv(65536):
                pass


def test_a_certificate_fault_needs_tls(desk: Any) -> None:
    with pytest.raises(FaultError, match="plain HTTP"):
        desk.state.faults.arm({"behaviour": {"kind": "certificate", "shown": "expired"}})


def test_the_control_api_says_that_http_is_plain(live: Any) -> None:
    assert live.control.get("/tls").json() == {"speaks_tls": False}
    assert live.control.put("/tls", json={"shown": "good"}).status_code == 409


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"lowest": "1.1"}, "valid: 1.2, 1.3"),
        ({"lowest": "1.3", "highest": "1.2"}, "above highest"),
        ({"client_certificate": "require"}, "did you mean required"),
        ({"client_cert": "x"}, "did you mean client_certificate"),
    ],
)
def test_says_what_is_wrong(raw: dict[str, str], words: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_tls(raw)
    assert words in str(refused.value)


def test_a_certificate_is_known_by_name_and_thumbprint(serve: Callable[..., Any]) -> None:
    with serve() as server:
        issued = server.running.state.tls.client("gateway-1")
        known = client_certificate(ssl.PEM_cert_to_DER_cert(issued.certificate.decode()))
        assert known is not None
        assert (known.subject, len(known.thumbprint)) == ("gateway-1", 43)
        assert client_certificate(None) is None
