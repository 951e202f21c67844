import datetime as dt
from dataclasses import replace

import pytest

from gauntlet.certificate.secrecy import leaks, target_without_secrets
from gauntlet.result import Exchange
from tests.gauntlet.certificate.certified import certificate, run_of


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ({"password": "hunter22"}, {"password": "[redacted]"}),
        ({"GATEWAY_CLIENT_SECRET": "abc"}, {"GATEWAY_CLIENT_SECRET": "[redacted]"}),
        ({"MY_LICENSE": "${MY_LICENSE}"}, {"MY_LICENSE": "${MY_LICENSE}"}),
        ({"SECRET": "{issuer.client_secret}"}, {"SECRET": "{issuer.client_secret}"}),
        ({"tokens": "issuer", "key_file": "k.pem"}, {"tokens": "issuer", "key_file": "k.pem"}),
        ({"command": ["--password", "x1", "-p", "1"]}, {"command": ["--password", "[redacted]", "-p", "1"]}),
        ({"command": ["gw", "--api-key=x1"]}, {"command": ["gw", "--api-key=[redacted]"]}),
        ({"command": ["gw", "--token", "${T}"]}, {"command": ["gw", "--token", "${T}"]}),
        ({"a": {"b": [{"secret": "x"}]}}, {"a": {"b": [{"secret": "[redacted]"}]}}),
        ({"files": {"c": '{"client_secret": "s3cr3t!"}'}}, {"files": {"c": '{"client_secret": "[redacted]"}'}}),
        ({"burst": 3, "on": True, "expires": dt.date(2027, 1, 1)}, {"burst": 3, "on": True, "expires": "2027-01-01"}),
    ],
)  # fmt: skip
def test_a_target_file_loses_its_secrets(raw, kept):
    assert target_without_secrets(raw) == kept


def found(run, raw=None, environment=None, files=None):
    return leaks(files or certificate(run), run, raw or {}, environment or {}, lambda patient: patient == "known")


def test_an_honest_run_leaks_nothing():
    assert found(run_of()) == []


def test_the_value_of_a_secret_is_found_wherever_it_is():
    run = replace(run_of(), notes=["the gateway said s3cr3t-value"])
    told = found(run, {"env": {"K": "${K}"}}, {"K": "s3cr3t-value"})
    assert "results.json holds the value of ${K}" in told
    assert "report.html holds the value of ${K}" in told


@pytest.mark.parametrize("text", ["-----BEGIN PRIVATE KEY-----", "eyJ" + "a" * 30 + "." + "b" * 20])
def test_key_material_is_found(text):
    assert found(run_of(), files={"x.json": text.encode()}) == ["x.json holds a private key or a token"]


def test_a_credential_that_was_not_redacted():
    run = replace(run_of(), notes=["Authorization: Bearer abcdef0123456789"])
    assert found(run, files={}) == ["a credential stands in the results"]


@pytest.mark.parametrize(
    ("side", "body", "stranger"),
    [
        ("consumer", '{"resourceType":"Patient","id":"real-1"}', True),
        ("consumer", '{"resourceType":"Patient","id":"known"}', False),
        ("consumer", '{"subject":{"reference":"https://h/fhir/Patient/real-1"}}', True),
        ("consumer", '{"subject":{"reference":"Patient/known"}}', False),
        ("consumer", '{"note":"{\\"reference\\": \\"Patient/real-1\\"}"}', True),
        ("ehr", '{"resourceType":"Patient","id":"made-up-by-a-fault"}', False),
    ],
)
def test_somebody_whom_the_population_does_not_have(side, body, stranger):
    run = run_of()
    exchange = Exchange(side, 0, 1, "GET", "http://127.0.0.1/x", 200, response_body=body)
    run = replace(run, checks=[replace(run.checks[0], exchanges=[exchange]), *run.checks[1:]])
    told = found(run, files={})
    assert told == ([f"{run.checks[0].check} was given a patient who is not of the synthetic population"] * stranger)
