import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from reference_gateway.consumer_tokens import InvalidToken, caller_from
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.token_binding import TokenBinding, thumbprint

DER = b"certificate"
OTHER = b"another"


async def no_body(_: int) -> bytes:
    return b""


def request(certificate: bytes | None) -> ConsumerRequest:
    return ConsumerRequest("GET", "/", "", CIMultiDictProxy(CIMultiDict()), no_body, certificate)


@pytest.mark.parametrize(
    ("bound_to", "shown", "fine"),
    [
        (None, None, True),
        (None, DER, True),
        (thumbprint(DER), DER, True),
        (thumbprint(DER), OTHER, False),
        (thumbprint(DER), None, False),
        ("", DER, False),
        ("", None, False),
        ("é", DER, False),
        (thumbprint(DER).lower(), DER, False),
    ],
)
def test_a_bound_token_needs_its_certificate(bound_to, shown, fine):
    caller = Caller("app", None, None, "", bound_to=bound_to)
    if fine:
        TokenBinding().check(caller, request(shown))
    else:
        with pytest.raises(InvalidToken):
            TokenBinding().check(caller, request(shown))


@pytest.mark.parametrize("claim", ["text", [], {"x5t#S256": 5}, {"x5t#S256": None}])
def test_a_malformed_confirmation_refuses_the_token(claim):
    with pytest.raises(InvalidToken):
        caller_from({"client_id": "app", "cnf": claim})


@pytest.mark.parametrize(("claim", "bound_to"), [({"x5t#S256": "abc"}, "abc"), ({"jkt": "abc"}, None), (None, None)])
def test_the_confirmation_is_read(claim, bound_to):
    said = {"cnf": claim} if claim is not None else {}
    assert caller_from({"client_id": "app", **said}).bound_to == bound_to
