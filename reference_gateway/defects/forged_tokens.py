"""Defects that believe unreadable tokens, or take the key from wherever a token says (AUT-02, AUT-03)."""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import RSAKey

from reference_gateway.authentication import Authentication
from reference_gateway.consumer_tokens import InvalidToken, ParsedToken, TokenVerifier, parse
from reference_gateway.defects.defect import swap
from reference_gateway.defects.identity import NeverAsksForRevocation
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.issuer_keys import PublicKey


class TrustsNamedKey(TokenVerifier):
    """Takes the key from the place that one header field names; subclasses say which."""

    field = ""

    def refused_headers(self) -> tuple[str, ...]:
        """Return what is still refused."""
        return tuple(name for name in super().refused_headers() if name != self.field)

    async def find_key(self, token: ParsedToken) -> PublicKey | None:
        """Return the key that the header names, or the issuer's."""
        if self.field not in token.header:
            return await super().find_key(token)
        return await self.named_key(token.header[self.field])

    async def named_key(self, place: Any) -> PublicKey:
        """Return the key at `place`."""
        raise NotImplementedError

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Verify the signature alone, whatever else the header says."""
        if self.field not in token.header or key is None:
            super().check_signature(token, key)
            return
        message, _, signature = token.raw.rpartition(".")
        algorithm = jws.JWSRegistry.algorithms[str(token.header["alg"])]
        if not algorithm.verify(message.encode(), base64.urlsafe_b64decode(signature + "=="), key):
            raise InvalidToken("the signature does not verify")


class FetchesForeignKeySet(TrustsNamedKey):
    """Fetches the key set that `jku` names."""

    field = "jku"

    async def named_key(self, place: Any) -> PublicKey:
        """Return the first key of the set."""
        async with aiohttp.ClientSession() as session, session.get(str(place)) as response:
            document = await response.json(content_type=None)
        return RSAKey.import_key(document["keys"][0])


class FetchesForeignCertificate(TrustsNamedKey):
    """Fetches the certificate that `x5u` names."""

    field = "x5u"

    async def named_key(self, place: Any) -> PublicKey:
        """Return the certificate's key."""
        async with aiohttp.ClientSession() as session, session.get(str(place)) as response:
            return key_of(x509.load_pem_x509_certificate(await response.read()))


class TrustsEmbeddedCertificate(TrustsNamedKey):
    """Believes the certificate that the token brings along in `x5c`."""

    field = "x5c"

    async def named_key(self, place: Any) -> PublicKey:
        """Return the certificate's key."""
        return key_of(x509.load_der_x509_certificate(base64.b64decode(place[0])))


class AcceptsUnreadableTokens(Authentication):
    """Takes whoever sends something in the place of a token for a system of its own."""

    async def caller(self, request: ConsumerRequest) -> Caller:
        """Return the caller; a token that cannot be read is anybody's."""
        try:
            parse(self.token(request))
        except InvalidToken:
            return Caller("anonymous", None, None, "system/*.cruds")
        return await super().caller(request)


def key_of(certificate: x509.Certificate) -> PublicKey:
    """Return the public key of a certificate."""
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey)  # noqa: S101 - the algorithms of this gateway's tokens are RSA
    return RSAKey.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


DEFECTS = (
    swap("accepts-unreadable-tokens", "AUT-02", "serves whoever sends rubbish", authentication=AcceptsUnreadableTokens),
    swap("fetches-foreign-jku", "AUT-03", "fetches keys from wherever jku says", verifier=FetchesForeignKeySet),
    swap("fetches-foreign-x5u", "AUT-03", "fetches certificates of x5u", verifier=FetchesForeignCertificate),
    swap(
        "trusts-embedded-x5c",
        "AUT-03",
        "believes the token's own x5c",
        verifier=TrustsEmbeddedCertificate,
        revocation=NeverAsksForRevocation,
    ),
)
