import base64
import hashlib
import io
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.privacy import Scanner, fingerprint, found_in, holds_token, signed_tokens
from synthetic.population import Phi, Population

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl"
ORDINARY = """
2026-11-21T08:30:00.123Z INFO  [gateway] request GET /fhir/R4/Patient/eq081-VQEgP8drUUqCWzHfw3 200 12ms client=app-1
2026-11-21T08:30:00.125Z WARN  com.fasterxml.jackson.databind.JsonMappingException: Unrecognized token 'html'
[12.345s][info][gc] GC(42) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(256M) 1.234ms
upstream marked down for a grace period; green, round robin, long poll, small house keeping, price, April, white list
retry 3/3 after 2000 ms; breaker open; trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7
{"level":"error","status":503,"latency_ms":1043.2,"correlation_id":"7d444840-9dc0-11d1-b245-5ffdce74fad2","attempts":3}
127.0.0.1 - - [21/Nov/2026:08:30:01 +0000] "POST /fhir/R4/Observation HTTP/1.1" 201 0 "-" "python-httpx/0.28.1" 555-0100
"""


class FakeChart:
    def __init__(self, *phi):
        self._phi = [Phi(*item) for item in phi]

    def phi(self):
        return tuple(self._phi)


def found(text, kind, value):
    return found_in(text, FakeChart((kind, value)))


SPELLINGS = [
    ("name", "Muñoz", "seen Muñoz today", "name (plain)"),
    ("name", "Muñoz", "SEEN MUÑOZ TODAY", "name (plain)"),
    ("name", "Muñoz", "family=muñoz&x", "name (plain)"),
    ("name", "Muñoz", json.dumps({"family": "Muñoz"}), "name (escaped)"),
    ("name", "Muñoz", "GET /Patient?family=Mu%C3%B1oz", "name (URL-encoded)"),
    ("name", "Muñoz", "GET /Patient?family=mu%c3%b1oz", "name (URL-encoded)"),
    ("name", "O'Leary", "<b>O&#x27;Leary</b>", "name (escaped)"),
    ("name", "Ann Muñoz", "name=Ann+Mu%C3%B1oz", "name (URL-encoded)"),
    ("name", "Ann Muñoz", "name=Ann%20Mu%C3%B1oz", "name (URL-encoded)"),
    ("birth-date", "1968-05-14", "born 1968-05-14T00:00:00Z", "birth-date (plain)"),
    ("birth-date", "1968-05-14", "PID|1||x||y||19680514|F", "birth-date (digits)"),
    ("mrn", "6103095403", "identifier=urn:oid:1.2|6103095403", "mrn (plain)"),
    ("mrn", "6103095403", "MRN6103095403x", "mrn (plain)"),
    ("ssn", "932-09-8921", "ssn 932098921", "ssn (digits)"),
    ("phone", "+1-212-555-0165", "call 12125550165", "phone (digits)"),
    ("email", "a.b@example.com", "mailto:A.B@example.com", "email (plain)"),
    ("email", "a.b@example.com", "to=a.b%40example.com", "email (URL-encoded)"),
    ("address", "440 Guzman Lane", '"440 Guzman Lane"', "address (plain)"),
    ("note", "one\ntwo words", json.dumps("one\ntwo words"), "note (escaped)"),
]


@pytest.mark.parametrize(("kind", "value", "text", "expected"), SPELLINGS)
def test_spellings(kind, value, text, expected):
    assert expected in found(text, kind, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seen Mercado-\n    Ruiz today", "name (split over lines)"),
        ("seen Mer\r\n\tcado-Ruiz", "name (split over lines)"),
        (base64.encodebytes(b"x" * 50 + b"Mercado-Ruiz and more").decode(), "name (split over lines)"),
        (hashlib.sha256(b"Mercado-Ruiz").hexdigest(), "name (hashed)"),
        ("key=" + hashlib.md5(b"mercado-ruiz", usedforsecurity=False).hexdigest().upper(), "name (hashed)"),
        ("p-" + hashlib.sha1(b"MERCADO-RUIZ", usedforsecurity=False).hexdigest()[:16], "name (hashed)"),
        (base64.b64encode(hashlib.sha256(b"Mercado-Ruiz").digest()).decode(), "name (hashed)"),
    ],
)
def test_disguises(text, expected):
    assert expected in found(text, "name", "Mercado-Ruiz")


SHA256 = hashlib.sha256(b"Mercado-Ruiz").hexdigest()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"line ends here\n{SHA256} follows", "name (hashed)"),
        (f"cut to {SHA256[:16]}\n2026-11-21 next", "name (hashed)"),
        (f"ends with abc\n{SHA256[:16]}\n2026", "name (hashed)"),
        (f"key={SHA256[:30]}\n    {SHA256[30:]}", "name (hashed)"),
        (f"key={SHA256[:5]}\n{SHA256[5:]}", "name (hashed)"),
        ("user\nmercado-ruiz\nsomebody", "name (plain)"),
        ("user mercado-ruiz\nsomebody", "name (plain)"),
        ("users\nMercado-\nRuiz\nsomebody", "name (split over lines)"),
        ("\n".join("seen Mercado-Ruiz today"), "name (split over lines)"),
        ("\r\n".join(["xx " + base64.b64encode(b"Mercado-Ruiz").decode()[:7], "  " + "Tm8"]), None),
    ],
)
def test_line_ends_neither_hide_nor_invent(text, expected):
    assert found(text, "name", "Mercado-Ruiz") == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("address", "1 Elm St", "lives at 1 Elm St now"),  # no word of it is long
        ("address", "1 Elm St", "lives at 1\n  Elm St now"),
        ("address", "12 Harbor View", "at 12\nHarbor View"),
        ("address", "12 Harbor View", "at 12 Harbor\n   View"),
        ("phone", "(212) 555-0165", "call (212) 555-0165"),
        ("email", "al.b@example.com", "to al.b@example.com"),
        ("address", "12 Harbor View", "GET /x?at=12+Harbor+View"),  # a line without any percent sign
        ("address", "12 Harbor View", "GET /x?at=12%20Harbor\n%20View"),
        ("address", "12 Harbor View", "GET /x?at=12%20Har\n  bor%20View"),
        ("phone", "(212) 555-0165", "call=(212)+555-0165"),
        ("phone", "+1-212-555-0165", "call=+1-212-555-0165&x=%20"),
        ("name", "Mary Ann Muñoz", "seen Mary Ann Mu\n\tñoz"),
    ],
)
def test_values_of_short_words(kind, value, text):
    assert {leak.split()[0] for leak in found(text, kind, value)} == {kind}


@pytest.mark.parametrize(
    "text", ["seen xmercado-ruiz", "mercado-ruizova", f"x{SHA256}", f"{SHA256[:20]}0000", "harbor and view of 12"]
)
def test_parts_of_longer_words_are_no_leak(text):
    chart = FakeChart(("name", "Mercado-Ruiz"), ("address", "12 Harbor View"))
    assert found_in(text, chart) == []


WORDS = "Mary Ann O'Leary"
SHAPES = {
    "plain": WORDS,
    "upper": WORDS.upper(),
    "form": urllib.parse.quote_plus(WORDS),
    "percent": urllib.parse.quote(WORDS),
    "base64": base64.b64encode(b"xy" + WORDS.encode() + b" and more").decode(),
    "sha256": hashlib.sha256(WORDS.encode()).hexdigest(),
    "sha1-base64": base64.b64encode(hashlib.sha1(WORDS.encode(), usedforsecurity=False).digest()).decode(),
}


@pytest.mark.parametrize("shape", ["plain", "upper", "base64", "sha256", "sha1-base64"])
def test_a_value_is_found_wherever_a_line_ends_in_it(shape):
    text, missed = SHAPES[shape], []
    for at in range(1, len(text)):
        before, after = text[:at].rstrip(), text[at:].lstrip()
        missed += [
            (before, after) for end in ("\n", "\r\n    ") if not found(f"x {before}{end}{after} y", "name", WORDS)
        ]
    assert missed == []


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_value_is_found_among_many_charts(shape):
    charts = [Population(7, 400).chart(n) for n in range(20)]
    scanner = Scanner([*charts, FakeChart(("name", WORDS))])
    assert scanner.found_in(ORDINARY + SHAPES[shape] + ORDINARY)
    assert not scanner.found_in(ORDINARY)


@pytest.mark.parametrize("note", ["", " ", "\n", "\t x1 \n"])
def test_a_note_that_says_nothing_is_no_alarm(note):
    assert found("any text of any log\n\n", "note", note) == []


def test_a_keyed_hash_tells_nobody():
    assert found(hashlib.sha256(b"secret" + b"Mercado-Ruiz").hexdigest(), "name", "Mercado-Ruiz") == []


def test_a_sentence_of_a_note_is_a_leak():
    note = "Seen on Monday with a routine check. Lives with family and two dogs."
    assert found("log: lives with family and two dogs. end", "note", note) == ["note (plain)"]


@pytest.mark.parametrize("size", [64, 100, 1000])
def test_a_log_is_scanned_in_blocks(size):
    lines = [f"line {n} of nothing in particular\n" for n in range(200)]
    scanner = Scanner([FakeChart(("name", "Mercado-Ruiz"))], [TOKEN])
    for at in (0, 3, 100, 199):
        log = "".join([*lines[:at], "seen mercado-ruiz\n", *lines[at:]]).encode()
        assert {str(leak) for leak in scanner.scan(io.BytesIO(log), size)} == {"name (plain)"}
    assert scanner.scan(io.BytesIO("".join(lines).encode()), size) == set()
    assert {leak.kind for leak in scanner.found_in(f"Authorization: Bearer {TOKEN}")} == {"token"}


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz", '{"name":"'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_at_any_offset(before, encode):
    text = "payload " + encode(f"{before}Mercado-Ruiz and more".encode()).decode()
    assert found(text, "name", "Mercado-Ruiz") == ["name (base64)"]
    assert found("payload " + encode(f"{before}Somebody else".encode()).decode(), "name", "Mercado-Ruiz") == []


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("name", "Adams", "the Adamson family"),
        ("name", "Lee", "Lee"),  # short names are covered by full names
        ("name", "Young", "G1 Young generation"),
        ("name", "Jackson", "com.fasterxml.jackson.core"),
        ("mrn", "6103095403", "trace 46103095403"),
        ("mrn", "6103095403", "trace 61030954031"),
        ("birth-date", "1968-05-14", "id 1968-05-145"),
        ("ssn", "932-09-8921", "9320989211"),
        ("email", "", ""),
    ],
)
def test_no_false_alarm(kind, value, text):
    assert found(text, kind, value) == []


def test_a_full_name_is_found_even_when_its_parts_are_words():
    assert found("patient Grant Young", "name", "Grant Young") == ["name (plain)"]


def test_ordinary_log_lines_raise_no_alarm_for_any_patient():
    population = Population(7, 400)
    alarms = {alarm: n for n in range(150) for alarm in found_in(ORDINARY, population.chart(n))}
    assert alarms == {}


@pytest.mark.parametrize("index", [0, 3, 17])
def test_everything_a_chart_knows_is_found_in_its_own_json(index):
    chart = Population(7, 400).chart(index)
    known = {phi.kind for phi in chart.phi()} & {"birth-date", "mrn", "ssn", "name", "address", "phone"}
    assert {alarm.split(" ")[0] for alarm in found_in(chart.patient.json.decode(), chart)} >= known


def test_another_patients_text_is_no_alarm():
    population = Population(7, 400)
    text = population.chart(3).patient.json.decode()
    assert not {"mrn (plain)", "ssn (plain)", "birth-date (plain)"} & set(found_in(text, population.chart(4)))


@given(
    st.text(min_size=5, max_size=20).filter(
        lambda text: text.strip() == text and text[0].isalpha() and text[-1].isalpha()
    )
)
def test_any_name_is_found_between_blanks_and_url_encoded(name):
    if name.casefold().casefold() != name.casefold():
        return
    chart = FakeChart(("name", name + "-Ruiz"))
    assert found_in(f"seen {name}-Ruiz today", chart)
    assert found_in("x=" + urllib.parse.quote(name + "-Ruiz", safe=""), chart)
    assert found_in("x=" + base64.b64encode((name + "-Ruiz").encode()).decode(), chart)


@pytest.mark.parametrize(
    "text",
    [TOKEN, f"Bearer {TOKEN}", f"access_token={TOKEN}&x=1", f"used {TOKEN}.", f'{{"t":"{TOKEN}"}}', f"/log/{TOKEN}"],
)
def test_a_token_is_known_by_its_fingerprint(text):
    assert holds_token(text, {fingerprint(TOKEN)})


@pytest.mark.parametrize("text", ["", "Bearer", TOKEN[:-1], TOKEN + "x", "a" * 40])
def test_other_words_are_no_token(text):
    assert not holds_token(text, {fingerprint(TOKEN)})


def test_signed_tokens_are_counted_once_and_without_a_signature_not_at_all():
    token = f"{TOKEN.rpartition('.')[0]}.{'s' * 86}"
    lines = [f"refused: Bearer {token}\n".encode(), f"again={token}&x\n".encode(), TOKEN.rpartition(".")[0].encode()]
    assert signed_tokens(lines) == 1
