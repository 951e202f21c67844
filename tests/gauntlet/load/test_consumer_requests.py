from __future__ import annotations

import uuid

from gauntlet.load.consumer_requests import ConsumerRequests, correlation_id
from gauntlet.load.patient_check import Expected


def test_the_whole_request_with_the_token_of_its_role(profile, plan) -> None:
    texts = ConsumerRequests(profile(), plan(base_url="http://127.0.0.1:8080/fhir/R4/"))
    assert texts.request(3, 1, 2).decode() == (
        "GET /fhir/R4/Observation?patient=p2&category=laboratory HTTP/1.1\r\n"
        "Host: 127.0.0.1:8080\r\nAccept: application/fhir+json\r\nUser-Agent: gauntlet-load\r\n"
        "Authorization: Bearer secret-physician\r\n"
        f"X-Correlation-Id: {correlation_id(7, 3)}\r\n\r\n"
    )
    assert b"Bearer secret-nurse\r\n" in texts.request(4, 0, 2)


def test_what_the_answer_must_be(profile, plan) -> None:
    texts = ConsumerRequests(profile(), plan())
    assert texts.expected(0, 2) == Expected("Patient", "p2", "p2", 1)
    assert texts.expected(1, 2) == Expected("Observation", "", "p2", 1)


def test_correlation_ids_are_uuids_and_differ() -> None:
    ids = {correlation_id(seed, arrival) for seed in (1, -5, 2**70) for arrival in range(100)}
    assert len({uuid.UUID(text) for text in ids}) == 300
