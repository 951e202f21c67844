"""A small strict parser of HL7 v2.5.1 in ER7, which knows nothing of our writer."""

from __future__ import annotations

import re
from typing import NamedTuple

STRUCTURES = {
    "ADT_A01": r"MSH EVN PID PD1 (NK1 )*PV1 (AL1 )*(DG1 )*",
    "ADT_A03": r"MSH EVN PID PD1 PV1 ",
    "ADT_A39": r"MSH EVN PID PD1 MRG ",
    "SIU_S12": r"MSH SCH (NTE )*PID PD1 RGS (AIS )*(AIL )*(AIP )*",
    "ORU_R01": r"MSH PID PD1 (PV1 )?ORC OBR (NTE )*(OBX (NTE )*)*",
}
# Fields that the standard requires and that we send.
REQUIRED = {
    "MSH": (7, 9, 10, 11, 12),
    "EVN": (2,),
    "PID": (3, 5),
    "PV1": (2,),
    "MRG": (1,),
    "AL1": (1, 3),
    "DG1": (1, 6),
    "NK1": (1,),
    "SCH": (6, 16, 20),
    "RGS": (1,),
    "AIS": (1, 3),
    "AIL": (1,),
    "AIP": (1,),
    "ORC": (1,),
    "OBR": (4,),
    "OBX": (3, 11),
    "NTE": (3,),
}
_ESCAPE = re.compile(r"\\([^\\]*)\\")
_LETTERS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}

Value = list[list[list[str]]]  # repetitions of components of subcomponents


class Segment(NamedTuple):
    """`fields` are as they stand, so that `""` differs from empty; numbered from 1."""

    name: str
    fields: list[str]

    def raw(self, number: int) -> str:
        return self.fields[number - 1] if number <= len(self.fields) else ""

    def value(self, number: int) -> Value:
        return [
            [[unescaped(part) for part in component.split("&")] for component in repetition.split("^")]
            for repetition in self.raw(number).split("~")
        ]

    def text(self, number: int, component: int = 1, subcomponent: int = 1) -> str:
        components = self.value(number)[0]
        parts = components[component - 1] if component <= len(components) else []
        return parts[subcomponent - 1] if subcomponent <= len(parts) else ""


class Parsed(NamedTuple):
    segments: list[Segment]

    def one(self, name: str) -> Segment:
        (found,) = self.all(name)
        return found

    def all(self, name: str) -> list[Segment]:
        return [segment for segment in self.segments if segment.name == name]


def unescaped(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        inside = match[1]
        if inside in _LETTERS:
            return _LETTERS[inside]
        assert re.fullmatch(r"X([0-9A-F]{2})+", inside), f"unknown escape {match[0]!r}"
        return bytes.fromhex(inside[1:]).decode()

    assert text.count("\\") % 2 == 0, f"an escape without its end in {text!r}"
    return _ESCAPE.sub(replaced, text)


def parsed_segment(line: str) -> Segment:
    name, fields = line[:3], line[4:].split("|")
    assert re.fullmatch(r"[A-Z][A-Z0-9]{2}", name), f"no segment name: {line!r}"
    assert len(line) == 3 or line[3] == "|", line
    assert not line.endswith("|"), f"empty fields at the end: {line!r}"
    if name in ("MSH", "FHS", "BHS"):
        assert fields[0] == "^~\\&", line
        fields = ["|", *fields]
    return Segment(name, fields)


def lines(data: bytes) -> list[str]:
    text = data.decode("utf-8")
    assert text.endswith("\r"), "the last segment is not ended"
    found = text[:-1].split("\r")
    for line in found:
        assert not re.search(r"[\x00-\x1f\x7f]", line), f"a control character in {line!r}"
    return found


def parse(data: bytes) -> Parsed:
    segments = [parsed_segment(line) for line in lines(data)]
    structure = segments[0].text(9, 3)
    order = "".join(f"{segment.name} " for segment in segments)
    assert re.fullmatch(STRUCTURES[structure], order), f"{structure}: {order}"
    for segment in segments:
        for number in REQUIRED.get(segment.name, ()):
            assert segment.raw(number), f"{segment.name}-{number} is required"
    return Parsed(segments)
