"""FHIR JSON as XML, compared with what the specification says."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mock_ehr.fhir_xml import to_xml

NS = 'xmlns="http://hl7.org/fhir"'


@pytest.mark.parametrize(
    ("body", "inside"),
    [
        ('"id":"a","active":true', '<id value="a"/><active value="true"/>'),
        ('"multipleBirthInteger":2', '<multipleBirthInteger value="2"/>'),
        ('"x":1.50', '<x value="1.50"/>'),
        ('"x":1e-7', '<x value="1e-7"/>'),
        ('"name":[{"given":["A","B"]}]', '<name><given value="A"/><given value="B"/></name>'),
        ('"a":"<&\\"\\u00e9"', "<a value='&lt;&amp;\"é'/>"),
        ('"birthDate":"2026","_birthDate":{"id":"b"}', '<birthDate id="b" value="2026"/>'),
        (
            '"birthDate":"2026","_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}',
            '<birthDate value="2026"><extension url="u"><valueCode value="c"/></extension></birthDate>',
        ),
        (
            '"_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}',
            '<birthDate><extension url="u"><valueCode value="c"/></extension></birthDate>',
        ),
        (
            '"given":["A",null],"_given":[null,{"id":"g"}]',
            '<given value="A"/><given id="g"/>',
        ),
        ('"name":[{"id":"n","family":"F"}]', '<name id="n"><family value="F"/></name>'),
        (
            '"link":[{"relation":"self","url":"http://x"}]',
            '<link><relation value="self"/><url value="http://x"/></link>',
        ),
        (
            '"extension":[{"url":"a","extension":[{"url":"b","valueString":"v"}]}]',
            '<extension url="a"><extension url="b"><valueString value="v"/></extension></extension>',
        ),
        (
            '"contained":[{"resourceType":"Group","id":"g"}]',
            '<contained><Group><id value="g"/></Group></contained>',
        ),
        (
            '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"}',
            '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x</div></text>',
        ),
    ],
)
def test_writes(body: str, inside: str) -> None:
    document = to_xml(f'{{"resourceType":"Patient",{body}}}'.encode())
    wanted = f"<Patient {NS}>{inside}</Patient>"
    assert ET.canonicalize(document.decode()) == ET.canonicalize(wanted)


def test_leaves_out_characters_that_xml_has_not() -> None:
    assert ET.fromstring(to_xml(json.dumps({"resourceType": "A", "a": "x\x00\x0by"}).encode()))[0].get("value") == "xy"


@pytest.mark.parametrize("data", [b"[]", b"{}", b"1"])
def test_wants_a_resource(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a FHIR resource"):
        to_xml(data)


def texts(value: Any) -> list[str]:
    """Every primitive of JSON as text, in order."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() if key != "resourceType" for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def test_nothing_of_a_chart_gets_lost(population: Any) -> None:
    for resource in population.chart(0).resources:
        root = ET.fromstring(to_xml(resource.json))
        shown = [text for node in root.iter() for text in (node.get("id"), node.get("url"), node.get("value")) if text]
        assert sorted(shown) == sorted(texts(resource.body))
