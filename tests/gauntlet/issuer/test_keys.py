from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key
from joserfc.jwk import JWKRegistry

from gauntlet.issuer.keys import KeyRing, KeyRingError, SigningKey

PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi"}


def test_the_published_keys_are_the_active_ones_without_private_parts(ring: KeyRing) -> None:
    keys = ring.jwks()["keys"]
    assert [(key["kid"], key["alg"], key["use"]) for key in keys] == [
        (ring.active.kid, "RS256", "sig"),
        (ring.es256 and ring.es256.kid, "ES256", "sig"),
    ]
    assert all(not PRIVATE_PARTS & set(key) for key in keys)
    assert ring.active.private.key_size == 2048


def test_a_key_s_id_is_its_thumbprint(ring: KeyRing) -> None:
    for key in (ring.active, ring.foreign, ring.retired[0]):
        assert JWKRegistry.import_key(key.jwk()).thumbprint() == key.kid
    assert len({ring.active.kid, ring.foreign.kid, ring.retired[0].kid}) == 3


def test_the_public_key_in_its_other_forms_is_the_same(ring: KeyRing) -> None:
    pem = load_pem_public_key(ring.active.pem())
    assert load_der_public_key(base64.b64decode(ring.active.spki())) == pem == ring.active.private.public_key()


def test_a_ring_survives_its_file_which_only_the_owner_can_read(ring: KeyRing, tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    ring.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["keyring.json"]
    again = KeyRing.load(path)
    assert again.to_json() == ring.to_json()
    assert again.active.sign(b"message") == ring.active.sign(b"message")


def test_rotation_retires_the_active_key(ring: KeyRing) -> None:
    new = ring.foreign  # any key will do
    rotated = ring.rotated(new)
    assert rotated.active is new
    assert rotated.retired == (*ring.retired, ring.active)
    assert rotated.key("retired") is ring.active
    assert ring.active.kid not in str(rotated.jwks())


def test_keys_are_found_by_name(ring: KeyRing) -> None:
    named = {"active": ring.active, "foreign": ring.foreign, "retired": ring.retired[-1], "es256": ring.es256}
    assert {name: ring.key(name) for name in named} == named
    with pytest.raises(KeyRingError, match=r"no key 'es256'; it has: active, foreign, retired"):
        KeyRing(ring.active, ring.foreign, ring.retired).key("es256")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"active": 1}', '{"active": {"kty": "RSA"}}'])
def test_what_is_no_key_ring_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keyring.json"
    path.write_text(text)
    with pytest.raises(KeyRingError, match=r"cannot read the key ring .*keyring\.json: not a key ring"):
        KeyRing.load(path)


def test_a_public_key_cannot_sign_and_is_refused(ring: KeyRing) -> None:
    document = json.loads(ring.to_json())
    document["active"] = ring.active.jwk()
    with pytest.raises(KeyRingError, match="not a private RSA or EC key"):
        KeyRing.from_json(json.dumps(document))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError, match=r"nowhere\.json"):
        KeyRing.load(tmp_path / "nowhere.json")


def test_an_es256_signature_is_two_numbers_of_32_bytes(ring: KeyRing) -> None:
    assert isinstance(ring.es256, SigningKey)
    assert len(ring.es256.sign(b"message")) == 64
