"""Acknowledgements as they are made and read."""

from __future__ import annotations

import pytest

from mock_ehr.hl7v2.acknowledging import acknowledgement, read_acknowledgement
from mock_ehr.hl7v2.reading import Hl7Error, parse

ORDER = parse(b"MSH|^~\\&|GW|HERE|EHR|THERE|20260615||ORM^O01^ORM_O01|c1|P|2.3\r")


def test_answers_the_sender_by_his_names_and_control_id() -> None:
    made = acknowledgement(ORDER, "AA", None, control_id="E1", answers="c1", now=1_781_510_400)
    message = parse(made)
    names = [message.text("MSH", number) for number in (3, 4, 5, 6, 10, 11, 12)]
    assert names == ["EHR", "THERE", "GW", "HERE", "E1", "P", "2.3"]
    assert (message.event, message.text("MSA", 1), message.text("MSA", 2)) == ("ACK^O01", "AA", "c1")
    assert message.fields("ERR") == ()


def test_names_the_condition() -> None:
    problem = Hl7Error("203", "MSH-12 is '2.3'; this interface takes '2.5.1'")
    message = parse(acknowledgement(ORDER, "AR", problem, control_id="E1", answers="c1", now=0))
    condition = [message.text("ERR", 3, component) for component in (1, 2, 3)]
    assert condition == ["203", "Unsupported version id", "HL70357"]
    assert (message.text("ERR", 4), message.text("MSA", 3)) == ("E", str(problem))


def test_answers_what_could_not_be_read() -> None:
    made = acknowledgement(None, "AR", Hl7Error("100", "rubbish"), control_id="E1", answers="", now=0)
    said = read_acknowledgement(made)
    assert (said.code, said.control_id, said.text) == ("AR", "", "rubbish")


@pytest.mark.parametrize("code", ["AA", "AE", "AR", "CA", "CE", "CR"])
def test_reads_every_code(code: str) -> None:
    made = acknowledgement(ORDER, code, None, control_id="E1", answers="c9", now=0)
    assert read_acknowledgement(made).code == code
    assert read_acknowledgement(made).control_id == "c9"


@pytest.mark.parametrize("data", [b"", b"rubbish", b"MSH|^~\\&|a\r", b"MSH|^~\\&|a\rMSA|XX|c1\r"])
def test_what_is_no_acknowledgement(data: bytes) -> None:
    with pytest.raises(Hl7Error):
        read_acknowledgement(data)
