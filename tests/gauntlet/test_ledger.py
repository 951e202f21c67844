import json
import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.ledger import BODY_LIMIT, Ledger, curl, masked, masked_headers, shortened
from gauntlet.result import Exchange

OPAQUE = "s3cr3t-0paque_T0ken.Value~1"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl"
NAMES = ["access_token", "refresh_token", "id_token", "client_assertion", "client_secret", "password"]


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {OPAQUE}",
        f"bearer   {OPAQUE}",
        f"Authorization: Basic {OPAQUE}",
        f"used token {JWT} for it",
        f'{{"token":"{JWT}"}}',
        f"https://g/x?jwt={JWT}&y=1",
        JWT.rsplit(".", 1)[0] + ".",  # alg none
        *(f"grant=x&{name}={OPAQUE}&y=1" for name in NAMES),
        *(json.dumps({name: OPAQUE, "expires_in": 1}) for name in NAMES),
        *(json.dumps(json.dumps({name: OPAQUE})) for name in NAMES),
        f'{{ "access_token" :\n "{OPAQUE}"',
        f"ACCESS_TOKEN={OPAQUE}",
    ],
)
def test_secrets_are_masked_in_every_shape(text):
    left = masked(text)
    assert OPAQUE not in left
    assert "c2lnbmF0dXJl" not in left
    assert "eyJzdWIi" not in left
    assert "[redacted" in left


@pytest.mark.parametrize(
    "text",
    [
        'Bearer realm="gateway", error="invalid_token"',
        "Bearer error_description=expired",
        '{"expires_in":300,"token_type":"Bearer"}',
        "the bearer is gone",
        "GET /fhir/R4/Patient/eq081-VQEgP8drUUqCWzHfw3?name=access_token",
        "eyJ short",
    ],
)
def test_what_is_no_secret_stays(text):
    assert masked(text) == text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", f"Bearer {OPAQUE}", "Bearer [redacted]"),
        ("Authorization", "Bearer x", "Bearer [redacted]"),
        ("authorization", OPAQUE, "[redacted]"),
        ("authorization", f"Custom {OPAQUE}", "Custom [redacted]"),
        ("Cookie", f"session={OPAQUE}", "[redacted]"),
        ("set-cookie", f"session={OPAQUE}; Path=/", "[redacted]"),
        ("x-api-key", OPAQUE, "[redacted]"),
        ("x-forwarded-token", JWT, "[redacted JWT]"),
        ("www-authenticate", 'Bearer realm="x"', 'Bearer realm="x"'),
        ("content-type", "application/fhir+json", "application/fhir+json"),
    ],
)
def test_secret_headers(name, value, shown):
    assert masked_headers({name: value}) == {name: shown}


def test_a_long_body_is_cut_and_says_so():
    assert shortened("x" * (BODY_LIMIT + 7)) == "x" * BODY_LIMIT + "... [7 more characters]"
    assert shortened(b"\xff\x00caf\xc3\xa9") == "\ufffd\x00café"
    assert shortened(b"") == ""


@pytest.mark.parametrize("room", range(0, 60, 5))
def test_no_half_of_a_secret_survives_the_cut(room):
    text = "x" * (BODY_LIMIT - room) + f' {{"access_token":"{OPAQUE * 4}"}}'
    assert OPAQUE[:6] not in shortened(text)
    assert JWT[:30] not in shortened("x" * (BODY_LIMIT - room) + f" {JWT}")


def consumer_exchange(**changes):
    values = {"side": "consumer", "started_ms": 5.0, "duration_ms": 1.0, "method": "GET", "url": "http://g/Patient/1"}
    return Exchange(**{**values, "status": 200, **changes})


def entry(started, **changes):
    values = {
        "started": started,
        "duration_ms": 2.5,
        "method": "GET",
        "path": "/FHIR/api/FHIR/R4/Patient/1",
        "query": "",
        "status": 200,
        "request_headers": {"authorization": f"Bearer {OPAQUE}"},
        "request_body": "",
        "response_headers": {"content-type": "application/json"},
        "response_body": "{}",
        "outcome": "answered",
        "faults": [],
    }
    return {**values, **changes}


def test_both_sides_in_order_of_time():
    ledger = Ledger(origin=1000.0)
    ledger.add(consumer_exchange(started_ms=100.0))
    both = ledger.with_upstream([entry(1000.3), entry(1000.05)])
    assert [(item.side, round(item.started_ms)) for item in both] == [("ehr", 50), ("consumer", 100), ("ehr", 300)]


def test_an_exchange_of_the_ehr():
    told = Ledger(origin=1000.0).with_upstream(
        [entry(1000.5, query="a=1", faults=["storm-429"], response_body=json.dumps({"access_token": OPAQUE}))]
    )[0]
    assert (told.url, told.status, told.note, told.faults) == (
        "/FHIR/api/FHIR/R4/Patient/1?a=1",
        200,
        "",
        ["storm-429"],
    )
    assert OPAQUE not in str(told)


def test_an_exchange_that_is_still_open():
    told = Ledger(0.0).with_upstream(
        [entry(1.0, status=None, duration_ms=None, response_headers=None, response_body=None, outcome="open")]
    )[0]
    assert (told.status, told.duration_ms, told.response_headers, told.response_body, told.note) == (
        None,
        0.0,
        {},
        "",
        "open",
    )


HOSTILE = [
    "it's",
    "$(touch x)",
    "`id`",
    'say "hi"',
    "a\nb",
    "-d @/etc/passwd",
    "; rm -rf .",
    "\\",
    "!!",
    "{1..3}[a]",
    "ünï 😀",
]


def run_through_shell(command):
    """Return the arguments a shell passes on for `command`."""
    script = command.replace("curl", f'{sys.executable} -c "import sys,json;print(json.dumps(sys.argv[1:]))"', 1)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={"TOKEN": "t0k"})
    return json.loads(done.stdout)


@pytest.mark.parametrize("text", HOSTILE)
def test_curl_quotes_hostile_text(text):
    exchange = consumer_exchange(
        method="POST", url=f"http://g/x?a={text}", request_body=text, request_headers={"X-A": text}
    )
    assert run_through_shell(curl(exchange)) == [
        "-i",
        "--path-as-is",
        "--globoff",
        "-X",
        "POST",
        f"http://g/x?a={text}",
        "-H",
        f"X-A: {text}",
        "--data-raw",
        text,
    ]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40))
def test_curl_is_one_command_whatever_the_body(text):
    words = shlex.split(curl(consumer_exchange(request_body=text)))
    assert words[-2:] == (["--data-raw", text] if text else ["GET", "http://g/Patient/1"])


def test_curl_uses_a_variable_for_the_token():
    headers = masked_headers({"Authorization": f"Bearer {OPAQUE}", "Host": "g", "User-Agent": "x", "Accept": "*/*"})
    assert run_through_shell(curl(consumer_exchange(request_headers=headers)))[-4:] == [
        "-H",
        "Authorization: Bearer t0k",
        "-H",
        "Accept: */*",
    ]


def test_curl_sends_an_empty_header_as_such():
    assert shlex.split(curl(consumer_exchange(request_headers={"Idempotency-Key": ""})))[-1] == "Idempotency-Key;"
