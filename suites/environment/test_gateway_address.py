"""Family ENV: the gateway is reached by name, and its certificates are fit for going live."""

import datetime as dt

import pytest

from gauntlet import expect, gateway_tls, ports
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.gateway_addresses import addresses, is_loopback, under_tls

DAYS_LEFT = 14


@pytest.fixture
def secured(gauntlet_session, note):
    """The gateway's addresses under TLS; not judged where it has none, which only a gateway on loopback may."""
    found = under_tls(gauntlet_session.lab)
    if not found:
        url = gauntlet_session.lab.base_url
        note(f"the gateway's certificate is not judged: {url} is plain HTTP on loopback")
        pytest.skip("the target does not claim an address under TLS: it is plain HTTP on loopback")
    gone = [item.url for item in found if not ports.listening(item.host, item.port)]
    if gone:
        raise Inconclusive(f"nothing accepts connections at {', '.join(gone)}")
    return found


def shown_at(address):
    """Return the certificate at an address; without a handshake none can be judged."""
    try:
        return gateway_tls.certificate(address)
    except OSError as error:
        raise Inconclusive(f"no TLS handshake with {address.url}: {error}") from None


@pytest.mark.requirement("ENV-01", tripped_by=["leaves-out-an-address"])
def test_addresses_are_reached(gauntlet_session, measured):
    """Every address of the gateway has a name that resolves, accepts connections, and is under TLS unless on loopback

    The names in the target file's URLs are resolved, and a connection is opened to each address that they stand for.

    A name that only the developer's machine knows is found out on the morning of the go-live.

    RFC 9325: TLS for whatever leaves the machine; Integrating FHIR with Allscripts, section 9.
    """
    urls = addresses(gauntlet_session.lab)
    measured["addresses"] = len(urls)
    for url in urls:
        host, port = ports.host_and_port(url)
        try:
            found = gateway_tls.resolved(host, port)
        except OSError as error:
            raise CheckFailed(f"the name in {url} does not resolve", expected="an address", actual=str(error)) from None
        silent = [address for address in found if not ports.listening(address, port)]
        expect.equal(silent, [], f"nothing accepts connections at an address of {url}")
        expect.that(
            url.startswith("https://") or is_loopback(host),
            f"{url} is not under TLS, although it is not on loopback",
            expected="https://",
            actual=url,
        )


@pytest.mark.requirement("ENV-01", tripped_by=["sends-incomplete-chain"])
def test_chain_leads_to_a_trusted_authority(secured, measured):
    """The certificate chain leads to a trusted authority, with nothing missing in between

    A handshake at each address under TLS, verified against the authority that consumers trust; date and host are
    judged by checks of their own.

    Browsers fetch a missing link of the chain by themselves. Interface engines do not, and break at three in the night.

    RFC 8446 section 4.4.2: the server sends the whole chain; RFC 5280 section 6.
    """
    measured["addresses under TLS"] = len(secured)
    for address in secured:
        shown_at(address)
        expect.equal(gateway_tls.chain_problem(address), "", f"the chain of {address.url} does not verify")


@pytest.mark.requirement("ENV-01", tripped_by=["certificate-of-another-host"])
def test_certificate_is_for_the_host(secured, measured):
    """The certificate is for the host by which consumers reach the gateway

    The alternative names of the certificate at each address under TLS are compared with the host of its URL.

    A certificate for another name teaches everybody to switch verification off.

    RFC 9525: names in subjectAltName, not in the subject.
    """
    measured["addresses under TLS"] = len(secured)
    for address in secured:
        shown = shown_at(address)
        expect.that(
            gateway_tls.covers(shown, address.host),
            f"the certificate at {address.url} is not for {address.host}",
            expected=f"{address.host} among its alternative names",
            actual=shown.subject.rfc4514_string(),
        )


@pytest.mark.requirement("ENV-01", tripped_by=["certificate-ends-soon"])
def test_certificate_lasts(secured, measured):
    """The certificate is valid now and for more than 14 days

    The dates of the certificate at each address under TLS are compared with the clock.

    Certificates run out at weekends. Two weeks are what it takes to get a new one through change control.

    RFC 5280 section 4.1.2.5; Integrating FHIR with Allscripts, section 9.
    """
    now = dt.datetime.now(dt.UTC)
    for address in secured:
        shown = shown_at(address)
        left = (shown.not_valid_after_utc - now) / dt.timedelta(days=1)
        measured["days left"] = round(left, 1)
        expect.that(
            shown.not_valid_before_utc <= now,
            f"the certificate at {address.url} is not valid yet",
            expected="a certificate that is valid",
            actual=f"valid from {shown.not_valid_before_utc}",
        )
        expect.that(
            left > DAYS_LEFT,
            f"the certificate at {address.url} ends too soon",
            expected=f"more than {DAYS_LEFT} days left",
            actual=f"{left:.1f} days left, until {shown.not_valid_after_utc}",
        )


@pytest.mark.requirement("ENV-01", tripped_by=["speaks-old-tls"])
def test_no_protocol_below_tls_1_2(secured, measured):
    """Nothing below TLS 1.2 is spoken

    A handshake at each address under TLS with today's protocols succeeds. Then a ClientHello offers TLS 1.1, and one
    TLS 1.0, and nothing newer: the gateway must not answer with a ServerHello.

    Old protocols are kept for one old client, and are what an attacker asks everybody else for.

    RFC 8996: TLS 1.0 and 1.1 must not be used; RFC 9325 section 3.1.1.
    """
    measured["addresses under TLS"] = len(secured)
    for address in secured:
        try:
            gateway_tls.certificate(address)
        except OSError as error:
            raise CheckFailed(
                f"no handshake with TLS 1.2 or newer at {address.url}", expected="a handshake", actual=str(error)
            ) from None
        found = gateway_tls.oldest_protocol(address)
        expect.equal(found, "", f"a protocol below TLS 1.2 is spoken at {address.url}")
