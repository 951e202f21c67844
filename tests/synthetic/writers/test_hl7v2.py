"""HL7 v2 messages against the chart they are made of."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from typing import Any

import pytest

from synthetic.chart import Chart
from synthetic.instants import NOW
from synthetic.population import Population
from synthetic.writers.hl7v2 import Message, framed, messages, write_batch
from synthetic.writers.hospital_clock import epoch_seconds
from tests.synthetic.writers.strict_hl7 import Parsed, lines, parse, parsed_segment

KINDS = ("ADT^A01", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A40", "SIU^S12", "SIU^S15", "SIU^S26", "ORU^R01")
TIME = re.compile(r"\d{14}[+-]\d{4}")
Told = list[tuple[Chart, list[tuple[Message, Parsed]]]]


def read(population: Population, chart: Chart) -> list[tuple[Message, Parsed]]:
    return [(message, parse(message.data)) for message in messages(chart, population.directory())]


@pytest.fixture(scope="module")
def told(population: Population, charts: list[Chart]) -> Told:
    dead = [chart for chart in charts if b"deceasedDateTime" in chart.patient.json][:3]
    merged = [chart for chart in charts if b'"use":"old"' in chart.patient.json][:3]
    chosen = {chart.index: chart for chart in [*charts[:40], *dead, *merged]}
    return [(chart, read(population, chart)) for chart in chosen.values()]


def instant(timestamp: str) -> int:
    return epoch_seconds(
        f"{timestamp[:4]}-{timestamp[4:6]}-{timestamp[6:8]}T"
        f"{timestamp[8:10]}:{timestamp[10:12]}:{timestamp[12:14]}{timestamp[14:17]}:{timestamp[17:]}"
    )


def of_kind(read_messages: list[tuple[Message, Parsed]], *kinds: str) -> list[Parsed]:
    return [parsed for message, parsed in read_messages if message.event in kinds]


def bodies(chart: Chart, resource_type: str) -> list[dict[str, Any]]:
    return [resource.body for resource in chart.of_type(resource_type)]


def test_every_kind_is_told(told: Told) -> None:
    assert {message.event for _, found in told for message, _ in found} == set(KINDS)


def test_headers(told: Told) -> None:
    for _, found in told:
        for message, parsed in found:
            head = parsed.one("MSH")
            assert head.raw(9).startswith(message.event + "^")
            assert head.raw(10) == message.control_id
            assert (head.raw(11), head.raw(12), head.raw(18)) == ("T", "2.5.1", "UNICODE UTF-8")
            assert TIME.fullmatch(head.raw(7))
            assert instant(head.raw(7)) == message.time


def test_messages_are_in_order_of_time_and_none_is_from_the_future(told: Told) -> None:
    for _, found in told:
        times = [message.time for message, _ in found]
        assert times == sorted(times)
        assert times[-1] <= NOW


def test_control_ids_are_short_unique_repeatable_and_tell_nothing(population: Population, told: Told) -> None:
    ids = [message.control_id for _, found in told for message, _ in found]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{20}", control_id) for control_id in ids)
    chart, found = told[5]
    assert messages(population.chart(chart.index), population.directory()) == tuple(message for message, _ in found)
    other = Population(8, 1000)
    assert not {message.control_id for message in messages(other.chart(5), other.directory())} & set(ids)


def test_who_the_patient_is(told: Told) -> None:
    for chart, found in told:
        patient = chart.patient.body
        for _, parsed in found:
            pid = parsed.one("PID")
            assert pid.text(3) == chart.mrn
            assert pid.value(3)[0][3:5] == [["GGH", "1.2.840.114350.1.13.0.1.7.5.737384.14", "ISO"], ["MR"]]
            name = patient["name"][0]
            assert pid.text(5) == name.get("family", "")
            assert pid.text(5, 2) == name["given"][0]
            assert pid.text(5, 3) == " ".join(name["given"][1:])
            assert pid.raw(7) == patient["birthDate"].replace("-", "")
            assert pid.raw(8) == patient["gender"][0].upper()
            phones = [value[5][0] + value[6][0] for value in pid.value(13) if value[1] == ["PRN"]]
            told_phones = [entry["value"] for entry in patient["telecom"] if entry["system"] == "phone"]
            assert phones == [re.sub(r"^\+1|-", "", phone) for phone in told_phones]
            mails = [value[3][0] for value in pid.value(13) if value[1] == ["NET"]]
            assert mails == [entry["value"] for entry in patient["telecom"] if entry["system"] == "email"]


def test_null_means_delete_and_stands_in_snapshots_only(told: Told) -> None:
    deleted = Counter[int]()
    for chart, found in told:
        ssn = any(entry["system"].endswith("us-ssn") for entry in chart.patient.body["identifier"])
        for message, parsed in found:
            pid = parsed.one("PID")
            nulls = {number for number, field in enumerate(pid.fields, 1) if field == '""'}
            assert not nulls or message.event == "ADT^A08"
            assert (pid.raw(19) == '""') == (message.event == "ADT^A08" and not ssn)
            deleted.update(nulls)
    assert deleted[19]
    assert deleted[29]


def test_a_death_is_told_from_then_on(told: Told) -> None:
    deaths = 0
    for chart, found in told:
        died = chart.patient.body.get("deceasedDateTime")
        for message, parsed in found:
            pid = parsed.one("PID")
            dead = died is not None and message.time >= epoch_seconds(died)
            assert pid.raw(30) == ("Y" if dead else "N")
            if dead:
                deaths += 1
                assert instant(pid.raw(29)) == epoch_seconds(died)
        if died is not None:
            assert any(message.time == epoch_seconds(died) for message, _ in found if message.event == "ADT^A08")
    assert deaths


def test_visits_begin_and_end(told: Told) -> None:
    classes = {"AMB": "O", "VR": "O", "EMER": "E", "IMP": "I"}
    for chart, found in told:
        begun = {parsed.one("PV1").text(19): parsed for parsed in of_kind(found, "ADT^A01", "ADT^A04")}
        ended = {parsed.one("PV1").text(19): parsed for parsed in of_kind(found, "ADT^A03")}
        took_place = {body["id"]: body for body in bodies(chart, "Encounter") if body["status"] in STAYED}
        assert set(begun) == set(took_place)
        assert set(ended) == {key for key, body in took_place.items() if "end" in body["period"]}
        for key, parsed in begun.items():
            body, visit = took_place[key], parsed.one("PV1")
            assert visit.raw(2) == classes[body["class"]["code"]]
            assert (parsed.one("MSH").text(9, 2) == "A01") == (visit.raw(2) == "I")
            assert instant(visit.raw(44)) == epoch_seconds(body["period"]["start"])
            assert visit.raw(45) == ""
        for key, parsed in ended.items():
            assert instant(parsed.one("PV1").raw(45)) == epoch_seconds(took_place[key]["period"]["end"])


STAYED = ("finished", "in-progress")


def test_diagnoses_and_allergies_are_told_once(told: Told) -> None:
    for chart, found in told:
        told_codes = Counter(
            (segment.text(20), segment.text(3)) for parsed in of_kind(found, "ADT^A08") for segment in parsed.all("DG1")
        )
        assert told_codes == Counter(
            (body["id"], body["code"]["coding"][0]["code"])
            for body in bodies(chart, "Condition")
            if body["verificationStatus"]["coding"][0]["code"] in ("confirmed", "provisional", "differential")
        )
        told_texts = Counter(
            segment.text(3, 2) for parsed in of_kind(found, "ADT^A08") for segment in parsed.all("AL1")
        )
        assert told_texts == Counter(
            body["code"].get("coding", [{"display": body["code"]["text"]}])[0]["display"]
            for body in bodies(chart, "AllergyIntolerance")
            if body["verificationStatus"]["coding"][0]["code"] in ("confirmed", "unconfirmed")
        )


def test_former_numbers_are_merged(told: Told) -> None:
    merges = 0
    for chart, found in told:
        former = [entry["value"] for entry in chart.patient.body["identifier"] if entry["use"] == "old"]
        merged = [parsed.one("MRG").text(1) for parsed in of_kind(found, "ADT^A40")]
        assert merged == former
        merges += len(merged)
    assert merges


def test_appointments_are_booked_and_come_to_nothing(told: Told) -> None:
    after = {"cancelled": "SIU^S15", "noshow": "SIU^S26"}
    for chart, found in told:
        siu = Counter((message.event, parsed.one("SCH").text(2)) for message, parsed in found if "SIU" in message.event)
        expected = Counter[tuple[str, str]]()
        for body in bodies(chart, "Appointment"):
            if body["status"] not in ("proposed", "waitlist"):
                expected["SIU^S12", body["id"]] += 1
            if body["status"] in after:
                expected[after[body["status"]], body["id"]] += 1
        assert siu == expected
        starts = {body["id"]: epoch_seconds(body["start"]) for body in bodies(chart, "Appointment")}
        for parsed in of_kind(found, "SIU^S12", "SIU^S15", "SIU^S26"):
            assert instant(parsed.one("SCH").text(11, 4)) == starts[parsed.one("SCH").text(2)]
            assert parsed.one("AIP").raw(3) == parsed.one("SCH").raw(16)


def test_every_result_is_told_once_with_unit_flag_and_range(told: Told) -> None:
    status = {"final": "F", "preliminary": "P", "amended": "C", "corrected": "C"}
    status |= {"cancelled": "X", "entered-in-error": "W"}
    for chart, found in told:
        heard = Counter(
            (
                obx.raw(2),
                obx.text(3),
                obx.text(5),
                obx.text(6),
                obx.raw(7),
                obx.raw(8),
                obx.raw(11),
                instant(obx.raw(14)),
            )
            for parsed in of_kind(found, "ORU^R01")
            for obx in parsed.all("OBX")
        )
        expected = Counter[tuple[str, ...]]()
        for body in bodies(chart, "Observation"):
            for part in body.get("component", [body]):
                kind, value, unit = value_of(part)
                flags = [entry["coding"][0]["code"] for entry in body.get("interpretation", [])]
                code, when = part["code"]["coding"][0]["code"], epoch_seconds(body["effectiveDateTime"])
                row = (kind, code, value, unit, limits_of(part), "".join(flags), status[body["status"]], when)
                expected[row] += 1  # type: ignore[index]
        assert heard == expected


def value_of(part: dict[str, Any]) -> tuple[str, str, str]:
    if "valueQuantity" in part:
        return "NM", str(part["valueQuantity"]["value"]), part["valueQuantity"]["code"]
    if "valueCodeableConcept" in part:
        return "CE", part["valueCodeableConcept"]["coding"][0]["code"], ""
    return "", "", ""


def limits_of(part: dict[str, Any]) -> str:
    for limits in part.get("referenceRange", []):
        low, high = (str(limits[side]["value"]) if side in limits else "" for side in ("low", "high"))
        return f"{low}-{high}" if low and high else f">={low}{high}" if low else f"<={high}"
    return ""


def test_laboratory_reports_keep_order_and_report_numbers(told: Told) -> None:
    for chart, found in told:
        heard = {(parsed.one("OBR").text(2), parsed.one("OBR").text(3)) for parsed in of_kind(found, "ORU^R01")}
        for report in bodies(chart, "DiagnosticReport"):
            request = report["basedOn"][0]["reference"].partition("/")[2]
            assert (request, report["id"]) in heard


def test_delimiters_in_a_name_stay_in_the_name(population: Population, charts: list[Chart]) -> None:
    chart = charts[0]
    body = json.loads(chart.patient.json)
    family, given = "O|Bri^en & So~ns\\F\\", '""'
    body["name"] = [{"use": "official", "family": family, "given": [given, "\r\x0bZZZ|1"]}]
    patient = chart.patient._replace(json=json.dumps(body, ensure_ascii=False).encode())
    hostile = Chart(chart.index, chart.mrn, (patient, *chart.resources[1:]))
    for _, parsed in read(population, hostile):
        pid = parsed.one("PID")
        assert [pid.text(5, number) for number in (1, 2, 3)] == [family, given, "\r\x0bZZZ|1"]


def test_frames(told: Told) -> None:
    frame = framed(told[0][1][0][0].data)
    assert frame == b"\x0b" + told[0][1][0][0].data + b"\x1c\r"
    assert frame.count(b"\x0b") == frame.count(b"\x1c") == 1


def test_a_batch_says_how_many_messages_it_holds(population: Population) -> None:
    out = io.BytesIO()
    written = write_batch(population, [3, 1], out)
    head, batch, *inside, batch_end, end = (parsed_segment(line) for line in lines(out.getvalue()))
    assert [segment.name for segment in (head, batch, batch_end, end)] == ["FHS", "BHS", "BTS", "FTS"]
    assert batch_end.raw(1) == str(written) == str([segment.name for segment in inside].count("MSH"))
    assert end.raw(1) == "1"
    expected = [
        message.data for index in (3, 1) for message in messages(population.chart(index), population.directory())
    ]
    assert b"".join(expected) in out.getvalue()


def test_a_batch_of_an_unknown_chart_is_an_error(population: Population) -> None:
    with pytest.raises(IndexError):
        write_batch(population, [population.size], io.BytesIO())
