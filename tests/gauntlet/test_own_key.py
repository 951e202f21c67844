"""What of a private key must be written nowhere."""

from __future__ import annotations

from joserfc.jwk import RSAKey

from gauntlet.own_key import PRIVATE_MEMBERS, secrets_of


def test_secrets_are_the_private_members_and_their_lines_of_the_pem() -> None:
    key = RSAKey.generate_key(2048, {"kid": "gateway-1"}, private=True)
    secrets, jwk = secrets_of(key.as_dict(private=True)), key.as_dict(private=True)
    assert secrets.issuperset(jwk[name] for name in PRIVATE_MEMBERS)
    assert len(secrets & set(key.as_pem(private=True).decode().splitlines())) > 10
    public = f"{key.as_pem(private=False).decode()} {key.as_dict(private=False)}"
    assert not any(secret in public for secret in secrets)
