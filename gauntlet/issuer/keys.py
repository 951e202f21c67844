"""The issuer's keys: what is published, what was, and what never will be."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from gauntlet.errors import SetupError

RSA_BITS = 2048
ES256_PART_BYTES = 32


class KeyRingError(SetupError):
    """A key ring that can't be read, or a key that it does not have; the message says which."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its id; `alg` is RS256 or ES256 (RFC 7518)."""

    kid: str
    alg: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls, alg: str = "RS256") -> SigningKey:
        """Return a new key; its id is its thumbprint (RFC 7638). RSA takes some tenths of a second."""
        private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if alg == "RS256":
            private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        else:
            private = ec.generate_private_key(ec.SECP256R1())
        unnamed = cls("", alg, private)
        return cls(JWKRegistry.import_key(unnamed.jwk()).thumbprint(), alg, private)

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> SigningKey:
        """Read a private JWK with `kid` and `alg`."""
        key = JWKRegistry.import_key(jwk)
        private = key.private_key
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyRingError(f"key {jwk.get('kid')!r} is not a private RSA or EC key")
        return cls(str(jwk["kid"]), str(jwk["alg"]), private)

    def jwk(self, *, private: bool = False) -> dict[str, Any]:
        """Return the key as a JWK (RFC 7517), the public part unless asked otherwise."""
        kind = RSAKey if isinstance(self.private, rsa.RSAPrivateKey) else ECKey
        bare = kind.import_key(self.pem() if not private else self._private_pem()).as_dict(private=private)
        return {**bare, "kid": self.kid, "use": "sig", "alg": self.alg}

    def pem(self) -> bytes:
        """Return the public key as PEM (SubjectPublicKeyInfo)."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def spki(self) -> str:
        """Return the public key as base64 of its DER SubjectPublicKeyInfo, the way Keycloak shows it."""
        der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def _private_pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def sign(self, message: bytes) -> bytes:
        """Return the JWS signature of `message` by this key's algorithm (RFC 7518, sections 3.3 and 3.4)."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(ES256_PART_BYTES) + s.to_bytes(ES256_PART_BYTES)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """`active` signs and is published, as is `es256` if there; `retired` were; `foreign` is an attacker's."""

    active: SigningKey
    foreign: SigningKey
    retired: tuple[SigningKey, ...]
    es256: SigningKey | None = None

    @classmethod
    def generate(cls, *, es256: bool = False) -> KeyRing:
        """Return a new ring: an active, a foreign and a retired RSA key, and an EC key if asked for."""
        active, foreign, retired = (SigningKey.generate() for _ in range(3))
        return cls(active, foreign, (retired,), SigningKey.generate("ES256") if es256 else None)

    @classmethod
    def from_json(cls, text: str | bytes) -> KeyRing:
        """Read what `to_json` wrote. Raises KeyRingError for anything else."""
        try:
            raw = json.loads(text)
            es256 = raw.get("es256")
            return cls(
                SigningKey.from_jwk(raw["active"]),
                SigningKey.from_jwk(raw["foreign"]),
                tuple(SigningKey.from_jwk(jwk) for jwk in raw["retired"]),
                SigningKey.from_jwk(es256) if es256 else None,
            )
        except KeyRingError:
            raise
        except Exception as error:
            raise KeyRingError(f"not a key ring: {type(error).__name__}: {error}") from error

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """Read the key ring file. Raises KeyRingError when it is missing or no key ring."""
        try:
            return cls.from_json(path.read_bytes())
        except (OSError, KeyRingError) as error:
            raise KeyRingError(f"cannot read the key ring {path}: {error}") from error

    def to_json(self) -> str:
        """Return the ring with its private keys as JSON."""
        keys = {"active": self.active, "foreign": self.foreign}
        document: dict[str, Any] = {name: key.jwk(private=True) for name, key in keys.items()}
        document["retired"] = [key.jwk(private=True) for key in self.retired]
        document["es256"] = self.es256.jwk(private=True) if self.es256 else None
        return json.dumps(document, indent=1)

    def save(self, path: Path) -> None:
        """Write the ring to a file that only its owner can read, in one step."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self.to_json())
        draft.replace(path)

    def rotated(self, new: SigningKey) -> KeyRing:
        """Return the ring with `new` as the active key and the present one as the latest retired one."""
        return replace(self, active=new, retired=(*self.retired, self.active))

    def jwks(self) -> dict[str, Any]:
        """Return the published key set (RFC 7517, section 5)."""
        return {"keys": [key.jwk() for key in (self.active, self.es256) if key]}

    def key(self, name: str) -> SigningKey:
        """Return the key called active, foreign, retired (the latest) or es256. Raises KeyRingError."""
        keys = {
            "active": self.active,
            "foreign": self.foreign,
            "retired": self.retired[-1] if self.retired else None,
            "es256": self.es256,
        }
        found = keys.get(name)
        if found is None:
            have = ", ".join(sorted(known for known, key in keys.items() if key))
            raise KeyRingError(f"the key ring has no key {name!r}; it has: {have}")
        return found
