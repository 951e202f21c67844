import stat
from pathlib import Path

import pytest
from cryptography import x509

from gauntlet.certificates import NAME, authority, read_authority
from gauntlet.errors import TargetError
from gauntlet.mutual_tls import KEY_FILE, MutualTls, mutual_tls_of
from gauntlet.places import bundled
from gauntlet.target import read_target
from tests.gauntlet.test_gateway_tls import NOW

REFERENCE = bundled("targets") / "reference.toml"


def target(tmp_path: Path, mtls: str):
    text = REFERENCE.read_text().replace("[claims.mtls]\n", f"[claims.mtls]\n{mtls}\n")
    (tmp_path / "gateway.toml").write_text(text)
    return read_target(tmp_path / "gateway.toml", {})


def test_the_gateway_gets_authority_certificate_and_key(tmp_path):
    values = MutualTls(read_target(REFERENCE, {}), tmp_path).values()
    chain = x509.load_pem_x509_certificates(Path(values["mtls.certificate_file"]).read_bytes())
    root = x509.load_pem_x509_certificate(Path(values["mtls.ca_file"]).read_bytes())
    chain[0].verify_directly_issued_by(chain[1])
    chain[1].verify_directly_issued_by(root)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert int(values["gateway.mtls_port"]) > 0


def test_a_given_authority_vouches_for_the_clients(tmp_path):
    given = authority(NAME, NOW)
    (tmp_path / "test-authority.pem").write_bytes(given.issued.key + given.chain)
    assert read_authority(tmp_path / "test-authority.pem").thumbprint == given.thumbprint
    made = mutual_tls_of(target(tmp_path, 'authority = "test-authority.pem"'), tmp_path)
    assert made is not None
    made.client("good").certificate.verify_directly_issued_by(given.certificate)


@pytest.mark.parametrize("content", [None, b"", authority(NAME, NOW).chain], ids=["absent", "empty", "no-key"])
def test_an_authority_that_cannot_be_read_is_told(tmp_path, content):
    if content is not None:
        (tmp_path / "test-authority.pem").write_bytes(content)
    with pytest.raises(TargetError, match=r"test-authority\.pem"):
        mutual_tls_of(target(tmp_path, 'authority = "test-authority.pem"'), tmp_path)


def test_without_the_claim_there_is_none(tmp_path):
    assert mutual_tls_of(read_target(bundled("targets") / "consent.toml", {}), tmp_path) is None
