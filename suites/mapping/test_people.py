"""Family MAP: identifiers, merged records, names and addresses."""

import copy

import pytest

from gauntlet import expect
from synthetic.patient import MRN_SYSTEM, OLD_MRN_SYSTEM, SSN_SYSTEM

pytestmark = pytest.mark.upstream("epic", "allscripts")


def kinds(identifier):
    """Return the codes of an identifier's type."""
    return {item.get("code") for item in identifier.get("type", {}).get("coding", [])}


@pytest.mark.requirement("MAP-06", tripped_by=["drops-identifier-types", "leaves-identifiers-without-system"])
def test_identifiers_keep_system_and_type(planting, chart_where):
    """Medical record number and social security number keep their system and type

    The patient is found by the medical record number; both numbers must come with system, value and type (MR, SS).

    A number without its system is a number: in the next hospital it belongs to somebody else.

    FHIR R4, Identifier.
    """
    chart = chart_where(lambda item: len(numbers(item)) == 2)  # not everybody has a social security number
    delivered = planting.delivered_patient(chart).get("identifier", [])
    truth = numbers(chart)
    for item in truth:
        twins = [one for one in delivered if (one.get("system"), one.get("value")) == (item["system"], item["value"])]
        expect.that(
            len(twins) == 1 and kinds(item) <= kinds(twins[0]),
            f"the identifier of {item['system']} is not what the record has",
            expected=f"one identifier of this system with type {', '.join(sorted(kinds(item)))}",
            actual=f"{len(twins)} of this system and value, types {[sorted(kinds(one)) for one in twins]}",
        )


def numbers(chart):
    """Return the patient's medical record number and social security number, as recorded."""
    return [item for item in chart.patient.body["identifier"] if item["system"] in (MRN_SYSTEM, SSN_SYSTEM)]


@pytest.mark.requirement("MAP-06", tripped_by=["ignores-identifier-systems"])
def test_one_number_in_two_systems(planting, app, chart, new_chart):
    """One number in two numbering systems stays two patients

    A second patient gets, as the number of a clinic that joined the hospital, the very number that the first one has
    in the hospital. Searches by system and number must never deliver the one for the other.

    After hospitals merge, numbers coincide; an app that opens the other patient's chart treats the wrong person.

    FHIR R4, search by token: [system]|[code].
    """
    other = new_chart()
    body = copy.deepcopy(other.patient.body)
    body["identifier"].append({"use": "old", "system": OLD_MRN_SYSTEM, "value": chart.mrn})
    planting.put(other, body)
    mine = planting.patient(chart)
    by_old = expect.status(app.search("Patient", {"identifier": f"{OLD_MRN_SYSTEM}|{chart.mrn}"}), 200).matches()
    expect.that(
        mine not in [item["id"] for item in by_old],
        "a search in one numbering system delivers the patient who has the number in another one",
        expected="the second patient, or nobody",
        actual=str([item["id"] for item in by_old]),
    )
    by_own = expect.status(app.search("Patient", {"identifier": f"{MRN_SYSTEM}|{chart.mrn}"}), 200).matches()
    expect.equal([item["id"] for item in by_own], [mine], "the hospital's own number finds somebody else")


@pytest.mark.upstream("epic")
@pytest.mark.requirement("MAP-06", tripped_by=["merged-is-an-outage"])
def test_merged_patients(app, ehr, chart, new_chart):
    """A merged record leads to the surviving one, and is never delivered as a patient of its own

    A patient is merged into another one at the EHR. Reading the old id must say that it is gone (404, 410), lead on
    (3xx), or deliver the surviving record; the surviving patient is served as before.

    Two open records of one patient are two medication lists, each without the other's allergy.

    FHIR R4, Patient.link; Epic: 4107 with a redirect.
    """
    survivor = new_chart()
    expect.status(app.read("Patient", chart.id), 200)
    ehr.merge(chart.id, survivor.id)
    answer = expect.status(app.read("Patient", chart.id), 200, 301, 302, 307, 308, 404, 410)
    if answer.status == 200:
        found = answer.resource("Patient")
        kinds_of_link = [link.get("type") for link in found.get("link", [])]
        expect.that(
            found["id"] == survivor.id or "replaced-by" in kinds_of_link,
            "a merged record is delivered as a patient of its own",
            expected=f"Patient/{survivor.id}, or a link replaced-by",
            actual=f"Patient/{found['id']} with links {kinds_of_link}",
        )
    kept = expect.status(app.read("Patient", survivor.id), 200).resource("Patient")
    expect.equal(kept["id"], survivor.id, "the surviving record is another one")


LONG = "Wolfeschlegelsteinhausenbergerdorff" * 6
NAMES = {
    "composed": {"family": "Núñez Müller", "given": ["José"]},
    "decomposed": {"family": "Nu\u0301n\u0303ez", "given": ["Jose\u0301"]},
    "right-to-left": {"family": "كوهين", "given": ["דָּוִד"]},
    "apostrophe": {"family": "O'Brien-D\u2019Arcy", "given": ["Ma'isah"]},
    "single-name": {"given": ["Sukarno"]},
    "200-characters": {"family": LONG[:200], "given": ["Hubert"]},
}


def named(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-09", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "name",
    [
        named("composed", "writes-names-in-ascii"),
        named("decomposed", "normalises-names", "writes-names-in-ascii"),
        named("right-to-left", "writes-names-in-ascii"),
        named("apostrophe", "splits-names-at-apostrophes"),
        named("single-name", "invents-family-names"),
        named("200-characters", "cuts-long-names"),
    ],
)
def test_names(planting, chart, name):
    """Names and addresses come out as they were written, character by character

    The patient's name and street are replaced at the EHR: accents in one piece and in two, two scripts that run from
    right to left, apostrophes, a single name, 200 characters. What is delivered must be the same code points.

    A name that is spelt otherwise does not match the wristband, and the identity check fails at the bedside.

    FHIR R4, string: any Unicode; HumanName.
    """
    truth = NAMES[name]
    street = truth.get("family", truth["given"][0])[:60] + " 12"
    body = copy.deepcopy(chart.patient.body)
    body["name"] = [{"use": "official", **truth}]
    body["address"][0]["line"] = [street]
    planting.put(chart, body)
    delivered = planting.delivered_patient(chart)
    spoken = next(iter(delivered.get("name", [])), {})
    found = {part: spoken[part] for part in ("family", "given") if part in spoken}
    expect.equal(points(found), points(truth), "the name is not the one that was written")
    line = next(iter(delivered.get("address", [{}])), {}).get("line", [""])[0]
    expect.equal(points(line), points(street), "the street is not the one that was written")


def points(value):
    """Return text with everything beyond ASCII as its code point, so that a report shows what differs."""
    return ascii(value)
