import datetime as dt
import json
import ssl
from email.utils import formatdate
from types import SimpleNamespace

import pytest

from gauntlet import doctor_tls, gateway_addresses
from gauntlet.certificates import SERVER, leaf
from gauntlet.doctor import before_run, examine, of_files
from gauntlet.errors import SetupError
from gauntlet.ports import free_port
from gauntlet.target import read_target
from mock_ehr.certificates import DAY, Validity
from tests.gauntlet.test_gateway_tls import NOW, ROOT
from tests.gauntlet.test_gateway_tls import serving as serving_tls
from tests.gauntlet.tls_server import TlsServer
from tests.gauntlet.wire import answer, serving

STATEMENT = {"resourceType": "CapabilityStatement", "rest": [{"resource": [{"type": "Patient"}]}]}
TARGET = """
claims.core.types = ["Patient"]
observe.logs = "FOLDER/gateway.log"
consumer.listen = "127.0.0.1:2"
ehr = [{ vendor = "epic", listen = "127.0.0.1:1", jwks = "x" }]
gateway = { name = "x", base_url = "URL" }
"""


class Lab:
    """What the doctor needs of a lab; it is fine until a test changes it."""

    def __init__(self, base_url, folder, more=""):
        text = more + TARGET.replace("URL", base_url).replace("FOLDER", str(folder))
        (folder / "gateway.toml").write_text(text)
        (folder / "gateway.log").touch()
        self.target = read_target(folder / "gateway.toml", {})
        self.base_url, self.notes, self.seed, self.mutual_tls = base_url, ["a network"], 7, None
        self.values = {"ehr.base_url": "http://ehr.test", "issuer.url": "http://issuer.test"}
        self.calls, self.asked = [{}], [{"endpoint": "jwks"}]
        self.ehr = SimpleNamespace(mark=lambda: 0, calls=lambda **_: self.calls)
        issuer = SimpleNamespace(requests=lambda: self.asked)
        self.tokens = SimpleNamespace(token=lambda _: "token", require_issuer=lambda: issuer)


@pytest.fixture
def lab(tmp_path):
    """A function that returns a lab whose gateway answers everything in one way."""
    opened = []

    def start(status="200 OK", body=STATEMENT, date=None, more=""):
        told = f"Date: {formatdate(date, usegmt=True)}"
        opened.append(serving(answer(status, json.dumps(body).encode(), told)))
        return Lab(opened[-1].__enter__().url, tmp_path, more)

    yield start
    for server in opened:
        server.__exit__(None, None, None)


def wrong(lab):
    return {(item.what, str(item.about)) for item in examine(lab, 1.0) if not item.fine}


def test_a_gateway_that_is_wired_up(lab):
    assert wrong(lab()) == set()
    assert before_run(lab()) == []


def test_a_token_that_is_not_accepted_is_about_configuration(lab):
    assert ("read with a good token", "configuration") in wrong(lab("401 Unauthorized"))


def test_a_statement_that_lacks_a_claim_is_about_conformance(lab):
    empty = {"resourceType": "CapabilityStatement", "rest": [{"resource": []}]}
    assert wrong(lab(body=empty)) == {("claims agree with the CapabilityStatement", "conformance")}


def test_a_clock_that_is_wrong_is_about_conformance(lab):
    assert wrong(lab(date=0)) == {("clocks", "conformance")}


def test_an_ehr_or_an_issuer_that_was_never_asked(lab):
    made = lab()
    made.calls, made.asked = [], [{"endpoint": "token"}]
    found = {("the gateway reaches the EHR", "configuration"), ("the gateway reaches the issuer", "configuration")}
    assert wrong(made) == found


def test_a_gateway_whose_consumers_have_tokens_of_the_ehr_needs_no_issuer(lab):
    made = lab(more='consumer.tokens = "ehr"\n')
    made.tokens.require_issuer = lambda: pytest.fail("there is no issuer")
    assert wrong(made) == set()
    assert "clocks" in {item.what for item in examine(made, 1.0)}


def test_what_is_observed_has_to_be_there(lab, tmp_path):
    made = lab()
    (tmp_path / "gateway.log").unlink()
    assert wrong(made) == {("log", "configuration")}


def test_before_a_run_what_is_wrong_is_a_note(lab):
    [note] = before_run(lab(date=0))
    assert note.startswith("looks like conformance: clocks: ")


def test_a_port_where_nobody_listens_is_a_note(tmp_path):
    [note, *_] = before_run(Lab(f"http://127.0.0.1:{free_port()}", tmp_path))
    assert "no connection is accepted at 127.0.0.1" in note


def test_a_name_that_does_not_resolve(tmp_path):
    made = Lab("http://gateway.invalid/fhir", tmp_path)
    with pytest.raises(SetupError, match=r"gateway\.invalid does not resolve"):
        before_run(made)


@pytest.mark.parametrize("more", ['contract.pacts = "nowhere"\n', 'claims.mapping.terminology = "nowhere.json"\n'])
def test_files_that_are_not_there(lab, more):
    made = lab(more=more)
    assert [(item.fine, item.hopeless) for item in of_files(made.target)] == [(False, True)]
    with pytest.raises(SetupError, match="nowhere"):
        before_run(made)


@pytest.mark.parametrize(("days", "fine"), [(90, True), (15, True), (13, False), (-1, False)])
def test_certificates(monkeypatch, tmp_path, days, fine):
    shown = leaf(ROOT, "gateway", SERVER, Validity(NOW - 30 * DAY, NOW + days * DAY), ("127.0.0.1",))
    server = TlsServer(serving_tls(shown))
    try:
        made = Lab(f"https://127.0.0.1:{server.port}", tmp_path)
        trusting = ssl.create_default_context(cadata=ROOT.chain.decode())
        monkeypatch.setattr(gateway_addresses, "_context", lambda *_: trusting)
        [found] = doctor_tls.of_certificates(made, dt.datetime.now(dt.UTC))
    finally:
        server.close()
    assert (found.fine, str(found.about)) == (fine, "conformance")
    assert found.seen.endswith("days")


def test_a_server_without_a_certificate(monkeypatch, tmp_path):
    with serving(answer()) as server:
        made = Lab(server.url.replace("http://", "https://"), tmp_path)
        [found] = doctor_tls.of_certificates(made, dt.datetime.now(dt.UTC))
    assert not found.fine
    assert "no TLS handshake" in found.seen


def test_plain_http_is_fine_on_loopback_only(tmp_path):
    [found] = doctor_tls.of_certificates(Lab("http://127.0.0.1:1/fhir", tmp_path), dt.datetime.now(dt.UTC))
    assert found.fine
    assert "not judged" in found.seen
    [found] = doctor_tls.of_certificates(Lab("http://192.0.2.1/fhir", tmp_path), dt.datetime.now(dt.UTC))
    assert not found.fine
