"""Patients under ids of a gateway's own."""

import json

import pytest

from gauntlet.addressing import names_patient
from gauntlet.answer import Answer
from gauntlet.errors import HarnessError, Inconclusive, NoAnswer
from gauntlet.known_patients import KnownPatients, LookUp
from synthetic.population import Population

POPULATION = Population(7, 2000)


class Numbered:
    """A gateway that calls its patients by their numbers, and what it was asked."""

    def __init__(self, name="p{}"):
        self.name = name
        self.asked = []

    def patient(self, chart):
        self.asked.append(chart.index)
        return self.name.format(chart.index)

    def records(self, patient, resource_type):
        return (f"{patient}.{resource_type}",)

    def all_records(self, patient, resource_type):
        if resource_type == "Patient":
            return ({"resourceType": "Patient", "id": patient},)
        chart = POPULATION.chart(int(patient.lstrip("p")))
        return tuple({**record.body, "id": f"{patient}.{record.id}"} for record in chart.of_type(resource_type))


def test_a_chart_has_the_gateways_id_and_the_ehrs_records():
    known, recorded = KnownPatients(POPULATION, Numbered()), POPULATION.chart(13)
    chart = known.chart(recorded)
    assert chart.id == "p13"
    assert (chart.patient.id, chart.mrn, chart.index) == (recorded.id, recorded.mrn, 13)
    assert chart.of_type("Condition") == recorded.of_type("Condition")
    assert known.records(recorded, "Condition") == ("p13.Condition",)


def test_a_patients_only_record_is_the_patient():
    assert KnownPatients(POPULATION, Numbered()).records(POPULATION.chart(13), "Patient") == ("p13",)


def test_records_are_known_by_what_they_say():
    known, recorded = KnownPatients(POPULATION, Numbered()), POPULATION.chart(13)
    pairs = known.twins(recorded, "Condition").pairs
    assert [(item["id"], record.id) for item, record in pairs] == [
        (f"p13.{record.id}", record.id) for record in recorded.of_type("Condition")
    ]


def test_a_chart_as_delivered_has_the_gateways_ids():
    known, recorded = KnownPatients(POPULATION, Numbered()), POPULATION.chart(13)
    delivered = known.as_delivered(recorded, ["Patient", "Condition"])
    assert (delivered.id, delivered.mrn) == ("p13", recorded.mrn)
    assert [item.id for item in delivered.of_type("Condition")] == [
        f"p13.{record.id}" for record in recorded.of_type("Condition")
    ]
    assert delivered.of_type("Observation") == ()


def test_each_chart_is_looked_up_once():
    gateway = Numbered()
    known = KnownPatients(POPULATION, gateway)
    for index in (13, 14, 13):
        known.chart(POPULATION.chart(index))
    assert gateway.asked == [13, 14]


def test_the_way_back_to_the_ehr():
    known = KnownPatients(POPULATION, Numbered())
    recorded = POPULATION.chart(13).id
    known.chart(POPULATION.chart(13))
    assert known.recorded("p13") == known.recorded(recorded) == recorded


@pytest.mark.parametrize("text", ["p14", "", "p13.H1"], ids=["not-asked-for", "empty", "record"])
def test_what_is_no_patients_id_finds_nothing_in_silence(text):
    known = KnownPatients(POPULATION, Numbered())
    known.chart(POPULATION.chart(13))
    with pytest.raises(HarnessError, match="no patient's id"):
        known.recorded(text)


def test_one_id_for_two_patients_proves_nothing():
    known = KnownPatients(POPULATION, Numbered("the-same"))
    known.chart(POPULATION.chart(13))
    with pytest.raises(Inconclusive, match="two patients"):
        known.chart(POPULATION.chart(14))


class Scripted(LookUp):
    """Looks up in answers that a test wrote."""

    def __init__(self, answer):
        vendor = type("Ehr", (), {"vendor": "allscripts"})
        file = type("File", (), {"ehr": [vendor]})
        super().__init__(type("Lab", (), {"target": type("Target", (), {"file": file})}))
        object.__setattr__(self, "answer", answer)

    def send(self, path):
        if isinstance(self.answer, NoAnswer):
            raise self.answer
        return self.answer


def answer(body, status=200):
    return Answer("GET http://g/Patient", status, {"content-type": "application/fhir+json"}, body, 0.1)


def bundle(*ids):
    entries = ",".join(f'{{"resource":{{"resourceType":"Patient","id":"{one}"}}}}' for one in ids)
    return answer(f'{{"resourceType":"Bundle","entry":[{entries}]}}'.encode())


def test_a_patient_is_found_by_the_record_number():
    assert Scripted(bundle("x1")).patient(POPULATION.chart(3)) == "x1"
    assert Scripted(bundle("x1", "x2")).records("p", "Patient") == ("x1", "x2")


@pytest.mark.parametrize(
    "given",
    [bundle(), bundle("x1", "x2"), answer(b"<html>"), answer(b"{}"), answer(b"{}", 503), NoAnswer("refused")],
    ids=["nobody", "two", "no-json", "no-bundle", "failing", "silent"],
)
def test_a_patient_who_is_not_found_is_inconclusive(given):
    with pytest.raises(Inconclusive, match="chart 3"):
        Scripted(given).patient(POPULATION.chart(3))


class Paged(Scripted):
    """A gateway with two pages, or with one that leads to itself."""

    def __init__(self, *, endless=False):
        super().__init__(None)
        object.__setattr__(self, "endless", endless)

    def send(self, path):
        last = path == "http://g/2" and not self.endless
        entry = [{"resource": {"resourceType": "Condition", "id": "c2" if path == "http://g/2" else "c1"}}]
        links = [] if last else [{"relation": "next", "url": "http://g/2"}]
        return answer(json.dumps({"resourceType": "Bundle", "entry": entry, "link": links}).encode())


def test_all_pages_are_followed_but_not_for_ever():
    assert [item["id"] for item in Paged().all_records("p3", "Condition")] == ["c1", "c2"]
    with pytest.raises(Inconclusive, match="Condition of p3 fill more than"):
        Paged(endless=True).all_records("p3", "Condition")


@pytest.mark.parametrize("given", [answer(b"[]"), answer(b"{}", 404)], ids=["no-bundle", "failing"])
def test_pages_that_are_none_are_inconclusive(given):
    with pytest.raises(Inconclusive, match="Condition of p3"):
        Scripted(given).all_records("p3", "Condition")


@pytest.mark.parametrize("given", [bundle(), answer(b"[]"), answer(b"{}", 404)], ids=["none", "no-bundle", "failing"])
def test_records_that_are_not_found_are_inconclusive(given):
    with pytest.raises(Inconclusive, match="Condition of p3"):
        Scripted(given).records("p3", "Condition")


@pytest.mark.parametrize(
    ("text", "patient", "named"),
    [
        ("read eI6s8t.oBo4a4KYK728FMUOp now", "eI6s8t.oBo4a4KYK728FMUOp", True),
        ("xeI6s8t.oBo4a4KYK728FMUOpx", "eI6s8t.oBo4a4KYK728FMUOp", True),
        ("Patient/p13 read", "p13", True),
        ("record p13.H12", "p13", True),
        ("Patient/p134", "p13", False),
        ("2f1ap13", "p13", False),
        ("took 4013 ms", "4013", False),
        ('{"id": "4013"}', "4013", True),
        ("Patient/4013", "4013", True),
        ("Patient/40131", "4013", False),
        ("patient=4013", "4013", True),
    ],
)
def test_whom_a_text_names(text, patient, named):
    assert names_patient(text, patient) is named
