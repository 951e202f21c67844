"""A gateway whose certificate is from an authority of its own, named by `ca_file` in the target file."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from gauntlet.certificates import SERVER, authority, leaf
from gauntlet.consumer import http_client
from gauntlet.errors import TargetError
from gauntlet.target import read_target
from gauntlet.tls import tls_context
from mock_ehr.certificates import DAY, Validity
from tests.gauntlet.load.hospital import hospital

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
ROOT = authority("Test authority", NOW)
TARGET = """
[gateway]
name = "G"
base_url = "{base_url}"
ca_file = "{ca_file}"
[gateway.launch]
command = ["x"]
ready = "{{gateway.root}}/"
[[ehr]]
vendor = "epic"
"""


@pytest.fixture
def target_file(tmp_path):
    def write(base_url="https://127.0.0.1:8443/fhir", ca_file="ca.pem", content=ROOT.chain):
        (tmp_path / "ca.pem").write_bytes(content)
        path = tmp_path / "t.toml"
        path.write_text(TARGET.format(base_url=base_url, ca_file=ca_file))
        return path

    return write


WRONG = {
    "no such file": ({"ca_file": "other.pem"}, "gateway.ca_file: No such file or directory: "),
    "no certificate": ({"content": b"hello"}, "ca.pem holds no certificate (PEM)"),
    "an empty file": ({"content": b""}, "ca.pem holds no certificate (PEM)"),
    "a folder": ({"ca_file": "."}, "holds no certificate (PEM)"),
    "no TLS": ({"base_url": "http://127.0.0.1:8080/fhir"}, "base_url is not under TLS"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_bad_authority_is_refused(target_file, changes, said):
    with pytest.raises(TargetError, match=r"gateway\.ca_file") as caught:
        read_target(target_file(**changes), {})
    assert said in caught.value.message
    assert caught.value.hint


def test_consumers_trust_it_beside_the_public_ones(target_file, tmp_path):
    shown = leaf(ROOT, "gateway", SERVER, Validity(NOW - 10 * DAY, NOW + 9 * DAY), ("127.0.0.1",))
    files = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    for file, content in zip(files, (shown.issued.certificate, shown.issued.key), strict=True):
        file.write_bytes(content)
    with hospital(tls=[str(file) for file in files]) as base_url:
        target = read_target(target_file(base_url), {})
        with http_client(tls=tls_context(target.ca_file)) as http:
            assert http.get(f"{base_url}/Patient/p1", headers={"Authorization": "Bearer secret-nurse"}).status_code
        with http_client() as http, pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            http.get(f"{base_url}/Patient/p1")
    assert len(tls_context(target.ca_file).get_ca_certs()) > 1
