"""One test for each way to tamper with a certificate. Forgers who hold the key are in `test_forgery`."""

import orjson
import pytest

from gauntlet.certificate.bundle import MANIFEST, SIGNATURE, TARGET, canonical
from gauntlet.certificate.signing import sign
from tests.gauntlet.certificate.certified import (
    KEY,
    OTHER_KEY,
    certificate,
    only,
    resigned,
    run_of,
    seen,
)


@pytest.fixture(scope="module")
def honest():
    return certificate(run_of())


def test_an_honest_certificate_holds(honest):
    found = seen(honest)
    assert (found.problems, found.notes) == ([], [])
    assert found.manifest["statement"]["certified"] == ["read-only", "read-write", "sustained"]


def test_the_same_run_and_key_give_the_same_bytes(honest):
    assert certificate(run_of()) == honest


def test_nobody_in_particular_is_trusted_without_a_key(honest):
    assert seen(honest, trusted=()).problems == []


@pytest.mark.parametrize("name", ["results.json", "report.html", "junit.xml", "ledger.ndjson", TARGET])
def test_an_edited_file(honest, name):
    kind, message = only({**honest, name: honest[name] + b" "})
    assert kind == "edited"
    assert message.startswith(f"{name} was edited")


def test_a_missing_file(honest):
    files = {name: data for name, data in honest.items() if name != "summary.md"}
    assert only(files) == ("missing", "summary.md is missing")


def test_an_extra_file(honest):
    assert only({**honest, "praise.pdf": b"%PDF"}) == ("extra", "praise.pdf is extra: nobody signed it")


def test_an_edited_manifest(honest):
    files = {**honest, MANIFEST: honest[MANIFEST].replace(b'"seed": 7', b'"seed": 8')}
    assert only(files)[0] == "signature"
    assert "was edited after it was signed" in only(files)[1]


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_no_manifest_or_signature(honest, name):
    files = {key: data for key, data in honest.items() if key != name}
    assert only(files) == ("missing", f"{name} is missing: this is no certificate, or not a whole one")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"algorithm": "none", "public_key": "", "signature": ""}', b'{"algorithm": "Ed25519"}'],
    ids=["empty", "list", "no algorithm", "no members"],
)
def test_a_broken_signature(honest, data):
    assert only({**honest, SIGNATURE: data})[1].startswith("signature.json cannot be read")


def test_signed_by_somebody_else():
    kind, message = only(certificate(run_of(), OTHER_KEY))
    assert kind == "key"
    assert message.startswith("signed with another key")


def test_signed_again_by_somebody_else_under_the_vendor_s_name(honest):
    files = resigned(honest, OTHER_KEY)
    assert only(files)[0] == "key"
    assert only(files, trusted=()) == (
        "key",
        "signed again: manifest.json names another key than the one that signed it",
    )


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"[]", "is not the manifest of a certificate"),
        (b"{", "is not the manifest of a certificate"),
        (b'{"format": "gauntlet-certificate", "format_version": 2}', "has format version 2, this reads 1"),
        (b'{"format": "gauntlet-certificate", "format_version": 1}', "does not have the form of a manifest"),
    ],
)
def test_a_signed_manifest_that_is_none(honest, manifest, message):
    told = orjson.loads(manifest) if manifest != b"{" else None
    key = orjson.loads(honest[MANIFEST])["key"]
    raw = canonical({**told, "key": key}) if isinstance(told, dict) else manifest
    kind, text = only({MANIFEST: raw, SIGNATURE: sign(raw, KEY).to_json()})
    assert (kind, message in text) == ("manifest", True)


def test_a_manifest_that_is_written_in_another_way(honest):
    raw = orjson.dumps(orjson.loads(honest[MANIFEST]))
    assert only({**honest, MANIFEST: raw, SIGNATURE: sign(raw, KEY).to_json()})[0] == "manifest"
