"""What the inbound interface takes."""

from __future__ import annotations

import pytest

from mock_ehr.hl7v2.judging import Rules, patient_of, rejection
from mock_ehr.hl7v2.reading import Hl7Error, parse


def order(event: str = "ORM^O01", control_id: str = "c1", processing: str = "T", version: str = "2.5.1") -> bytes:
    return f"MSH|^~\\&|GW|H|EHR|T|20260615||{event}|{control_id}|{processing}|{version}\rPID|1||x^^^A~m1^^^B\r".encode()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"control_id": ""}, "101", "MSH-10"),
        ({"processing": "P"}, "202", "MSH-11 is 'P'; this interface takes 'T'"),
        ({"version": "2.3"}, "203", "MSH-12 is '2.3'; this interface takes '2.5.1'"),
        ({"event": "MDM^T02"}, "200", "MDM^T02"),
        ({"event": "ORU^R30"}, "201", "ORU^R01"),
    ],
)
def test_rejects_with_the_condition(changes: dict[str, str], code: str, words: str) -> None:
    refused = rejection(parse(order(**changes)), Rules())
    assert refused is not None
    assert refused.code == code
    assert words in str(refused)


def test_takes_what_it_is_set_up_for() -> None:
    assert rejection(parse(order()), Rules()) is None
    assert rejection(parse(order(processing="P", version="2.3")), Rules("P", "2.3")) is None


def test_finds_the_patient_by_any_of_the_numbers() -> None:
    assert patient_of(parse(order()), lambda mrn: "p1" if mrn == "m1" else "") == "p1"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (order(), "204"),
        (order().replace(b"x^^^A~m1^^^B", b""), "101"),
        (order().partition(b"PID")[0], "101"),
    ],
)
def test_a_patient_that_cannot_be_told(data: bytes, code: str) -> None:
    with pytest.raises(Hl7Error) as refused:
        patient_of(parse(data), lambda _mrn: "")
    assert refused.value.code == code
