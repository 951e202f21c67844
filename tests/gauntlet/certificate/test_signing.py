import shutil
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from gauntlet.certificate.signing import (
    Signature,
    fingerprint,
    read_private_key,
    read_public_key,
    read_signature,
    sign,
    write_new_key,
)
from gauntlet.errors import UsageError
from tests.gauntlet.certificate.certified import KEY, OTHER_KEY, PUBLIC


def test_a_signature_fits_what_was_signed_and_nothing_else():
    made = read_signature(sign(b"manifest", KEY).to_json())
    assert made.fits(b"manifest")
    assert not made.fits(b"manifest ")
    assert not Signature(OTHER_KEY.public_key().public_bytes_raw(), made.value).fits(b"manifest")


def test_a_signature_of_the_bare_bytes_does_not_fit():
    assert not Signature(PUBLIC, KEY.sign(b"manifest")).fits(b"manifest")


def test_a_new_key_is_private_readable_and_never_overwritten(tmp_path):
    public, name = write_new_key(tmp_path / "key.pem")
    assert public == tmp_path / "key.pem.pub"
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    made = sign(b"m", read_private_key(tmp_path / "key.pem"))
    assert made.public_key == read_public_key(public)
    assert fingerprint(made.public_key) == name
    with pytest.raises(UsageError, match="cannot be written"):
        write_new_key(tmp_path / "key.pem")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_keys_of_openssl(tmp_path):
    private, public = tmp_path / "k.pem", tmp_path / "k.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    assert sign(b"m", read_private_key(private)).public_key == read_public_key(public)


def other_kind(path):
    key = generate_private_key(SECP256R1())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private)
    path.with_suffix(".pub").write_bytes(
        key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def test_what_is_no_key_is_refused(tmp_path):
    other_kind(tmp_path / "ec.pem")
    (tmp_path / "text").write_text("hello")
    write_new_key(tmp_path / "key.pem")
    for read, name, message in (
        (read_private_key, "ec.pem", "another kind than Ed25519"),
        (read_public_key, "ec.pub", "another kind than Ed25519"),
        (read_private_key, "text", "holds no private key"),
        (read_public_key, "text", "holds no public key"),
        (read_private_key, "none", "cannot be read"),
        (read_public_key, "key.pem", "is a private key: give the public one"),
        (read_private_key, "key.pem.pub", "holds no private key"),
    ):
        with pytest.raises(UsageError, match=message):
            read(tmp_path / name)
