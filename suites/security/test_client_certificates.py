"""Family AUT: machines get in by certificate, and a token that is bound to one is of use to its holder alone."""

import base64
import ssl

import pytest

from gauntlet import expect
from gauntlet.certificates import CLIENTS
from gauntlet.errors import CheckFailed, Inconclusive, NoAnswer

NO_CERTIFICATE = "none"
LETS_ALL_IN = "asks-for-no-certificate"
TRIPPED_BY = {
    NO_CERTIFICATE: [LETS_ALL_IN, "certificate-is-optional"],
    "expired": [LETS_ALL_IN, "ignores-client-expiry"],
    "not-yet-valid": [LETS_ALL_IN, "ignores-client-expiry"],
}
HEADERS = ("Client-Cert", "X-Client-Cert", "X-SSL-Client-Cert", "SSL-Client-Cert", "X-Forwarded-Client-Cert")


def each_wrong_certificate():
    """Return the parameters: no certificate, and those that are wrong in one way."""
    kinds = [NO_CERTIFICATE, *(kind for kind in CLIENTS if kind not in ("good", "other"))]
    mark = pytest.mark.requirement
    return [pytest.param(kind, marks=mark("AUT-11", tripped_by=TRIPPED_BY.get(kind, [LETS_ALL_IN]))) for kind in kinds]


@pytest.mark.parametrize("kind", each_wrong_certificate())
def test_machines_without_a_good_certificate(mutual_apps, ehr, refused, chart, kind):
    """Without a client certificate, or with a wrong one, nothing is served: not even what is public

    Control: a read over a connection with a good certificate is served, its token bound to that certificate (where the
    gateway takes no bound tokens, a plain one). Then the same with no certificate, or one that is wrong in one way: it
    ran out, begins tomorrow, is vouched for by nobody, by a stranger, by a stranger with the right name, by a client,
    or is a server's. Neither the read nor the CapabilityStatement may be served, and the EHR must see nothing; the
    control is served again afterwards.

    Between hospitals the certificate is the door. A door that opens for what looks like a key is a wall with a hole.

    RFC 8705 section 2, RFC 5280 section 6: path validation; RFC 8446 section 4.4.2.4: the server aborts the handshake.
    """
    bound = admitted(mutual_apps, refused, chart)
    shown = None if kind == NO_CERTIFICATE else kind
    stranger = mutual_apps.app(shown, bound_to=shown if bound else None)
    require_turned_away(lambda: stranger.with_token(None).send("GET", "metadata"), ehr, refused, kind)
    require_turned_away(lambda: stranger.read("Patient", chart.id), ehr, refused, kind)
    refused.require_control(lambda: mutual_apps.app("good", bound_to=bound).read("Patient", chart.id))


def admitted(mutual_apps, refused, chart):
    """Return what tokens have to be bound to so that a good certificate gets in: itself, or nothing."""
    try:
        refused.require_control(lambda: mutual_apps.app("good", bound_to="good").read("Patient", chart.id))
    except Inconclusive:
        refused.require_control(lambda: mutual_apps.app("good").read("Patient", chart.id))
        return None
    return "good"


def require_turned_away(send, ehr, refused, kind):
    """Fail unless the connection ends or the request is answered with a 4xx, and the EHR sees nothing of it."""
    what = CLIENTS.get(kind, "there is none")
    mark = ehr.mark()
    try:
        answer = send()
    except NoAnswer as silence:
        if "timed out" in silence.actual:
            raise CheckFailed(
                f"the client's certificate is wrong ({what}), but the connection is neither refused nor served",
                expected="an end of the connection",
                actual=silence.actual,
            ) from None
    else:
        expect.that(
            400 <= answer.status < 500,
            f"the client's certificate is wrong ({what}), but it is served",
            expected="no connection, or a 4xx",
            actual=answer.brief(),
        )
    expect.equal(
        [f"{call['method']} {call['path']}" for call in refused.about_us(ehr.calls(since=mark))],
        [],
        f"the client's certificate is wrong ({what}), but the EHR was asked",
    )


@pytest.mark.requirement("AUT-11", tripped_by=["forgets-token-binding"])
def test_bound_token_with_another_certificate(mutual_apps, refused, chart):
    """A token that is bound to one certificate is refused on a connection with another good one

    Control: a read with a token bound to the certificate that the connection shows. Then the same token over a
    connection that shows another machine's certificate, as good as the first: 401 `invalid_token`, and the EHR sees
    nothing.

    A stolen token is worth nothing without the key it is bound to. That is the whole point of binding it.

    RFC 8705 section 3: the resource server must verify the certificate; error invalid_token.
    """
    refused(
        lambda: mutual_apps.app("good", bound_to="good").read("Patient", chart.id),
        lambda: mutual_apps.app("other", bound_to="good").read("Patient", chart.id),
        status=(401,),
    )


@pytest.mark.requirement("AUT-11", tripped_by=["forgets-token-binding", "checks-binding-only-with-certificate"])
def test_bound_token_without_certificate(mutual_apps, refused, chart):
    """A token that is bound to a certificate is refused at the gateway's ordinary address, where there is none

    Control: a read with a bound token over a connection that shows its certificate. Then the same token is sent to the
    address that asks for no certificate: 401, and the EHR sees nothing.

    Whoever finds such a token in a log tries it where it is easiest.

    RFC 8705 section 3: a token whose certificate is not presented is refused.
    """
    refused(
        lambda: mutual_apps.app("good", bound_to="good").read("Patient", chart.id),
        lambda: mutual_apps.elsewhere(bound_to="good").read("Patient", chart.id),
        status=(401,),
    )


@pytest.mark.requirement("AUT-11", tripped_by=["forgets-token-binding", "believes-certificate-header"])
def test_bound_token_with_a_certificate_by_header(mutual_apps, refused, chart):
    """A certificate that a client sends in a header is not believed

    Control as above. Then the token is used over a connection with another good certificate, together with the headers
    in which proxies pass on the certificate of their client (RFC 9440 and those of common proxies), which name the
    right one: 401, and the EHR sees nothing.

    The certificate is public; only the key is not. Who believes the header has no binding at all.

    RFC 9440 section 4: the fields must be removed from requests that do not come from the proxy.
    """
    pem = mutual_apps.tls.client("good").issued.certificate.decode()
    encoded = base64.b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()
    claimed = dict.fromkeys(HEADERS, encoded) | {"Client-Cert": f":{encoded}:"}
    claimed["X-Forwarded-Client-Cert"] = f'Cert="{encoded}"'
    refused(
        lambda: mutual_apps.app("good", bound_to="good").read("Patient", chart.id),
        lambda: mutual_apps.app("other", bound_to="good").read("Patient", chart.id, headers=claimed),
        status=(401,),
    )
