import datetime as dt
import ssl
from functools import partial

import pytest

from gauntlet import certificates, gateway_tls
from gauntlet.certificates import SERVER, Signer, authority, client, intermediate, leaf
from gauntlet.mutual_tls import show
from mock_ehr.certificates import DAY, Validity
from tests.gauntlet.tls_server import TlsServer

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
ROOT = authority("Test authority", NOW)


def serving(shown: Signer, change=lambda context: None, verify=ssl.CERT_NONE) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(context, shown)
    context.verify_mode = verify
    context.load_verify_locations(cadata=ROOT.chain.decode())
    change(context)
    return context


@pytest.fixture
def at():
    """Start a server; return its address as consumers know it."""
    servers = []

    def start(context, shown=None, host="127.0.0.1"):
        servers.append(TlsServer(context))

        def trusting():
            made = ssl.create_default_context(cadata=ROOT.chain.decode())
            if shown:
                show(made, shown)
            return made

        port = servers[-1].port
        return gateway_tls.TlsAddress(f"https://{host}:{port}", host, port, trusting)

    yield start
    for server in servers:
        server.close()


def own(signer=ROOT, start=-1, end=90, hosts=("127.0.0.1", "gateway.test", "*.north.test")):
    return leaf(
        signer, "gateway", SERVER, Validity(NOW + start * DAY, NOW + end * DAY), hosts, show_signer=signer is not ROOT
    )


def test_a_good_certificate_has_no_problem(at):
    address = at(serving(certificates.server(ROOT, NOW)))
    shown = gateway_tls.certificate(address)
    assert gateway_tls.chain_problem(address) == ""
    assert gateway_tls.covers(shown, "127.0.0.1")
    assert (shown.not_valid_after_utc - NOW).days == 90
    assert gateway_tls.oldest_protocol(address) == ""


@pytest.mark.parametrize(("start", "end", "hosts"), [(-9, -1, ("127.0.0.1",)), (-1, 90, ("other.test",)), (1, 9, ())])
def test_time_and_host_are_no_fault_of_the_chain(at, start, end, hosts):
    address = at(serving(own(start=start, end=end, hosts=hosts)))
    assert gateway_tls.chain_problem(address) == ""
    assert gateway_tls.certificate(address).not_valid_after_utc == NOW + end * DAY


def test_a_missing_link_is_one(at):
    whole = own(intermediate(ROOT, "Between", NOW))
    assert gateway_tls.chain_problem(at(serving(whole))) == ""
    alone = Signer(whole.certificate, whole.key)
    assert "unable to get local issuer" in gateway_tls.chain_problem(at(serving(alone)))


def test_a_stranger_with_the_right_name_is_one(at):
    assert gateway_tls.chain_problem(at(serving(own(authority("Test authority", NOW))))) != ""


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", False),
        ("GATEWAY.test", True),
        ("gateway", False),  # the subject's name does not count
        ("a.north.test", True),
        ("a.b.north.test", False),
        ("north.test", False),
    ],
)
def test_hosts(host, covered):
    assert gateway_tls.covers(own().certificate, host) is covered


def test_a_certificate_without_alternative_names_covers_nobody():
    assert not gateway_tls.covers(own(hosts=()).certificate, "gateway")


def speak(oldest, newest, context):
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = oldest, newest


@pytest.mark.parametrize(
    ("oldest", "newest", "found"),
    [
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3, "TLS 1.1"),
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1, "TLS 1.0"),
        (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, ""),
        (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3, ""),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_protocols_are_found(at, oldest, newest, found):
    address = at(serving(own(), partial(speak, oldest, newest)))
    assert gateway_tls.oldest_protocol(address) == found


@pytest.mark.parametrize("kind", [None, *certificates.CLIENTS])
def test_each_kind_of_client_is_what_it_says(at, kind):
    shown = client(kind, ROOT, NOW) if kind else None
    address = at(serving(own(), verify=ssl.CERT_REQUIRED), shown)
    context = address.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # where the handshake itself tells what the server thinks
    if kind in ("good", "other"):
        gateway_tls._connected(address, context).close()
    else:
        with pytest.raises(ssl.SSLError):
            gateway_tls._connected(address, context)


def test_thumbprints_tell_certificates_apart():
    one, other = client("good", ROOT, NOW), client("other", ROOT, NOW)
    assert one.thumbprint != other.thumbprint
    assert len(one.thumbprint) == 43
