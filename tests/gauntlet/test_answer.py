"""What an answer says of addresses: as legal as gateways may put it."""

import pytest

from gauntlet.answer import Answer


def answer(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("POST http://127.0.0.1:8080/fhir/R4/Observation", 201, named, b"", 0.1)


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("http://127.0.0.1:8080/fhir/R4/Observation/a1", "a1"),
        ("http://127.0.0.1:8080/fhir/R4/Observation/a1/_history/1", "a1"),
        ("/fhir/R4/Observation/a1/", "a1"),
        ("Observation/a1/_history/2", "a1"),
    ],
)
def test_the_id_of_what_was_created(location, found):
    assert answer(location=location).created_id == found


def test_a_create_without_location():
    assert answer().created_id == ""


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("http://127.0.0.1:9/status/1", "http://127.0.0.1:9/status/1"),
        ("/fhir/R4/async/1", "http://127.0.0.1:8080/fhir/R4/async/1"),
        ("async/1", "http://127.0.0.1:8080/fhir/R4/async/1"),
    ],
)
def test_an_address_may_be_relative_to_the_request(told, found):
    assert answer(content_location=told).address("Content-Location") == found


def test_no_address():
    assert answer().address("Content-Location") == ""
