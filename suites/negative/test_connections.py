"""Family NEG: what happens below the requests: framing, slow clients, and where the gateway lets itself be led."""

import contextlib
import json
import time

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive
from gauntlet.silent_listener import silent_listener

pytestmark = pytest.mark.upstream("epic", "allscripts")

SLOW_CLIENTS = 120
READS_MEANWHILE = 20
SERVED_WITHIN_S = 2.0

# What follows the request line and Authorization of a read; {inner} is a second request that must never be taken as
# one, {length} its length. RFC 9112: sections 3.2 (Host), 5 (fields), 6 (body length), 7.1 (chunks).
SHAPES = {
    "te-and-cl": "Host: {host}\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    "two-lengths": "Host: {host}\r\nContent-Length: 0\r\nContent-Length: {length}\r\n\r\n{inner}",
    "list-of-lengths": "Host: {host}\r\nContent-Length: 0, {length}\r\n\r\n{inner}",
    "negative-length": "Host: {host}\r\nContent-Length: -1\r\n\r\n{inner}",
    "signed-length": "Host: {host}\r\nContent-Length: +{length}\r\n\r\n{inner}",
    "space-before-colon": "Host: {host}\r\nContent-Length : {length}\r\n\r\n{inner}",
    "folded-encoding": "Host: {host}\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n{inner}",
    "unknown-encoding": "Host: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n{inner}",
    "hex-chunk-size": "Host: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{inner}",
    "two-hosts": "Host: {host}\r\nHost: elsewhere.invalid\r\n\r\n",
    "no-host": "\r\n",
    "null-in-field": "Host: {host}\r\nX-Odd: a\x00b\r\n\r\n",
}


@pytest.mark.requirement("NEG-08", tripped_by=["naive-framing"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_request_smuggling(raw_http, app, tokens, ehr, new_chart, shape):
    """A request whose end or host can be read in two ways is refused, and nothing hidden in it is served

    Control: the same read, well formed and sent as raw bytes, is served. Mutation: the read with a framing that two
    parsers take differently, and a second read hidden behind it. It must be answered with an error or not at all, and
    the EHR must not be asked for the hidden one.

    Where a proxy and a gateway disagree on where a request ends, one user's next request is another user's answer.

    RFC 9112 sections 3.2, 5.1, 5.2, 6.3 and 11.2; CWE-444.
    """
    own, hidden = new_chart(), new_chart()
    authorization = f"Authorization: Bearer {tokens.token(app.client_id)}\r\n"
    line = f"GET {raw_http.base_path}/Patient/{{}} HTTP/1.1\r\n{authorization}Accept: application/fhir+json\r\n"
    well_formed = f"{line}Host: {raw_http.host}\r\nConnection: close\r\n\r\n"
    control = raw_http.exchange(well_formed.format(own.id).encode())
    if control.statuses != [200]:
        raise Inconclusive(f"the well-formed request was not served: {control.brief()}")
    inner = well_formed.format(hidden.id)
    mark = ehr.mark()
    sent = line.format(own.id) + shape.format(host=raw_http.host, length=len(inner), inner=inner)
    replies = raw_http.exchange(sent.encode("latin-1"))
    expect.that(
        all(status >= 400 for status in replies.statuses),
        "an ambiguous request was served",
        expected="an error, or the connection closed without an answer",
        actual=replies.brief(),
    )
    expect.that(
        bool(replies.statuses) or replies.ended != "open",
        "an ambiguous request is left waiting",
        expected="an error, or the connection closed",
        actual=replies.brief(),
    )
    asked = [f"{entry['method']} {entry['path']}" for entry in ehr.calls(since=mark, patient=hidden.id)]
    expect.equal(asked, [], "the hidden request was carried out")


@pytest.mark.requirement("NEG-07", tripped_by=["few-workers"])
def test_slow_clients(raw_http, app, tokens, claims, chart, measured):
    """Slow clients and half-open connections do not keep others from being served

    A third of 120 connections sends half a request head and waits, a third sends a head and drips a body, a third says
    nothing at all. Meanwhile an app sends 20 reads; each must be served within 2 s.

    A phone in a lift is a slow client; a hundred of them in the morning must not stop the ward.

    CWE-400; CWE-410.
    """
    expect.status(app.read("Patient", chart.id), 200)
    authorization = f"Authorization: Bearer {tokens.token(app.client_id)}\r\nHost: {raw_http.host}\r\n"
    resource_type = writing.writable(claims) if claims.write else "Condition"
    heads = [
        f"GET {raw_http.base_path}/Patient/{chart.id} HTTP/1.1\r\nHost: {raw_http.host}\r\nX-Slow: ",
        (
            f"POST {raw_http.base_path}/{resource_type} HTTP/1.1\r\n{authorization}"
            'Content-Type: application/fhir+json\r\nContent-Length: 5000\r\n\r\n{"resourceType": "'
        ),
        "",
    ]
    with contextlib.ExitStack() as stack:
        for number in range(SLOW_CLIENTS):
            stack.enter_context(raw_http.connection()).sendall(heads[number % len(heads)].encode())
        slowest = 0.0
        for _ in range(READS_MEANWHILE):
            began = time.monotonic()
            expect.status(app.within(SERVED_WITHIN_S * 3).read("Patient", chart.id), 200)
            slowest = max(slowest, time.monotonic() - began)
    measured["slowest read meanwhile, s"] = round(slowest, 3)
    expect.at_most(slowest, SERVED_WITHIN_S, "a read had to wait for slow clients", "s")


LURES = {
    "read": lambda url, chart: ("GET", f"Patient/{url}", None, None),
    "patient-parameter": lambda url, chart: ("GET", "Condition", {"patient": url}, None),
    "reference-parameter": lambda url, chart: ("GET", "Condition", {"patient": chart.id, "encounter": url}, None),
    "page-parameter": lambda url, chart: ("GET", "Condition", {"page": url, "_page": url, "_getpages": url}, None),
    "link-parameter": lambda url, chart: ("GET", "Condition", {"patient": chart.id, "next": url, "url": url}, None),
}


@pytest.mark.requirement("NEG-05", tripped_by=["follows-addresses"])
@pytest.mark.parametrize("lure", LURES.values(), ids=LURES)
def test_foreign_addresses_are_not_called(app, chart, lure):
    """An address of a foreign host in path or parameters never makes the gateway call that host

    A listener of the harness stands for the foreign host; that it can be reached is tried first. Then the request is
    sent with the listener's address; the listener must hear nothing, whatever the answer is.

    A gateway stands inside the hospital's network: made to call an address, it calls what no outsider could.

    OWASP, server-side request forgery; CWE-918.
    """
    expect.status(app.read("Patient", chart.id), 200)
    with silent_listener() as listener:
        method, path, params, body = lure(f"{listener.url}/Patient/{chart.id}", chart)
        app.send(method, path, params=params, body=body)
        require_silence(listener)


def has_many_vitals(chart):
    """Return whether the chart has more vital signs than fit a page of two."""
    return sum("vital-signs" in repr(record.body) for record in chart.of_type("Observation")) > 2


@pytest.mark.upstream("epic")  # rows of Unity carry no links
@pytest.mark.requirement("NEG-05", tripped_by=["follows-next-links-anywhere"])
def test_foreign_next_links_are_not_called(app, ehr, gauntlet_session, chart_where):
    """A `next` link of the EHR that leads to a foreign host never makes the gateway call that host

    The EHR is told that its address is that of a listener of the harness, so its page links lead there. A search with
    two records on a page is sent, and its next link followed if one is delivered that leads into the gateway; the
    listener must hear nothing.

    Whoever can put a link into one answer of the EHR must not be able to point the gateway at the inner network.

    OWASP, server-side request forgery; CWE-918.
    """
    chart, lab = chart_where(has_many_vitals), gauntlet_session.lab
    params = {"patient": chart.id, "category": "vital-signs", "_count": "2"}
    expect.status(app.search("Observation", params), 200)
    with silent_listener() as listener:
        mark = ehr.mark()
        ehr.publish_at(listener.url)
        try:
            answer = app.search("Observation", params)
            links = answer.json().get("link", []) if answer.status == 200 else []
            for following in [link["url"] for link in links if link.get("relation") == "next"]:
                if following.startswith(lab.base_url):  # another one would be our own call
                    app.send("GET", following)
        finally:
            ehr.publish_at(lab.ehr_url)
        if not any(listener.url in call["response_body"] for call in ehr.calls(since=mark, patient=chart.id)):
            raise Inconclusive("the EHR sent no link to the foreign host: nothing was tried")
        require_silence(listener)


@pytest.mark.requirement("NEG-05", tripped_by=["follows-addresses"])
@pytest.mark.parametrize("element", ["subject", "encounter", "contained", "full-url"])
def test_foreign_references_are_not_called(app, chart, claims, element):
    """An absolute reference in a written record never makes the gateway call that address

    As above, with the listener's address inside the body of a create.

    A gateway stands inside the hospital's network: made to call an address, it calls what no outsider could.

    OWASP, server-side request forgery; CWE-918.
    """
    resource_type = writing.writable(claims)
    expect.status(app.read("Patient", chart.id), 200)
    with silent_listener() as listener:
        app.create(resource_type, luring_body(resource_type, chart, element, listener.url))
        require_silence(listener)


def luring_body(resource_type, chart, element, url):
    """Return a create body with the address in one element."""
    record = json.loads(writing.body(resource_type, chart))
    address = f"{url}/Patient/{chart.id}"
    if element == "full-url":
        record = {"resourceType": "Bundle", "type": "batch", "entry": [{"fullUrl": address, "resource": record}]}
    elif element == "contained":
        record["contained"] = [{"resourceType": "Patient", "id": "p", "link": [{"other": {"reference": address}}]}]
    elif element == "subject":
        owner = "patient" if "patient" in record else "subject"
        record[owner] = {"reference": address}
    else:
        record["encounter"] = {"reference": f"{url}/Encounter/{chart.of_type('Encounter')[0].id}"}
    return json.dumps(record).encode()


def require_silence(listener):
    """Fail when somebody called the listener."""
    heard = listener.heard()
    expect.equal(heard, [], "the gateway called a foreign host")
