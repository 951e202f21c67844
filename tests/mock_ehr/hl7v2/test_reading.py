"""Parsing: what a message says, and what is refused with which condition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ehr.hl7v2.reading import Hl7Error, parse
from synthetic.population import Population
from synthetic.writers.hl7v2 import messages

HEAD = "MSH|^~\\&|GW|X|EHR|Y|20260615||ORM^O01^ORM_O01|c1|T|2.5.1"


def test_reads_fields_components_repetitions_and_escapes() -> None:
    text = f"{HEAD}\rPID|1||m1^^^A&1&ISO^MR~m2^^^B^SS||O\\T\\Brien\\S\\^Ann\\X0D\\e\\.br\\\\E\\\rOBX|1\rOBX|2\r"
    message = parse(text.encode())
    assert (message.event, message.control_id) == ("ORM^O01", "c1")
    assert message.repetitions("PID", 3) == ["m1", "m2"]
    assert message.repetitions("PID", 3, 4) == ["A", "B"]
    assert (message.text("PID", 5), message.text("PID", 5, 2)) == ("O&Brien^", "Ann\re\\.br\\\\")
    assert (message.raw("ZZZ", 1), message.raw("PID", 99), message.text("PID", 3, 9)) == ("", "", "")
    assert message.raw("MSH", 1) == "|"


def test_takes_other_delimiters() -> None:
    message = parse(b"MSH*:+?%*GW*X*EHR*Y*20260615**ORM:O01*c1*T*2.5.1\rPID*1**a%b:c+d*?F?\r")
    assert (message.event, message.repetitions("PID", 3), message.text("PID", 4)) == ("ORM^O01", ["a", "d"], "*")


def test_takes_latin_1_when_msh_18_says_so() -> None:
    header = f"{HEAD}||||||8859/1\rPID|1||m1||M\u00fcller\r"
    assert parse(header.encode("latin-1")).text("PID", 5) == "M\u00fcller"
    with pytest.raises(Hl7Error, match="UTF-8"):
        parse(header.replace("8859/1", "").encode("latin-1"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "100"),
        (b"MSH", "100"),
        (b"PID|1|2|3|4|5", "100"),
        (b"MSH|^^\\&|", "102"),
        (b"MSHA^~\\&|x", "102"),
        (HEAD.encode() + b"\rpid|1\r", "100"),
        (HEAD.encode() + b"\r\rPID|1\r", "100"),
        (HEAD.encode() + b"\nPID|1\r" + HEAD.encode(), "100"),
        (HEAD.encode() + b"\r" + b"OBX|\r" * 20_000, "100"),
        (HEAD.encode() + b"\rPID|\xff\r", "102"),
    ],
)
def test_refuses_what_is_no_message(data: bytes, code: str) -> None:
    with pytest.raises(Hl7Error) as refused:
        parse(data)
    assert refused.value.code == code
    assert str(refused.value)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    for tried in (data, b"MSH|^~\\&|" + data):
        try:
            message = parse(tried)
        except Hl7Error:
            continue
        message.text("MSH", 9)
        message.repetitions("PID", 3)


def test_reads_every_message_of_the_population(population: Population) -> None:
    directory = population.directory()
    for index in range(10):
        chart = population.chart(index)
        for made in messages(chart, directory):
            message = parse(made.data)
            assert (message.event, message.control_id) == (made.event, made.control_id)
            assert chart.mrn in message.repetitions("PID", 3)
