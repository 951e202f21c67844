"""Settings: everything mandatory is demanded by name, and nothing wrong is accepted."""

import json

import pytest

from reference_gateway.__main__ import main
from reference_gateway.composition import Parts
from reference_gateway.defects import parts_with
from reference_gateway.settings import SettingsError, read_settings


@pytest.fixture
def environment(ring, tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(ring["gateway"].as_dict(private=True)))
    limit = {"lane": "batch", "rate_per_s": 2, "burst": 5}
    (tmp_path / "clients.json").write_text(json.dumps({"clients": {"app": limit}, "default": limit}))
    return {
        "GATEWAY_LISTEN": "127.0.0.1:8080",
        "GATEWAY_BASE_URL": "http://127.0.0.1:8080/fhir/R4/",
        "GATEWAY_ISSUER": "http://127.0.0.1:1",
        "GATEWAY_AUDIENCE": "http://127.0.0.1:8080/fhir/R4",
        "GATEWAY_EHR_BASE_URL": "http://127.0.0.1:2/FHIR/api/FHIR/R4",
        "GATEWAY_EHR_TOKEN_URL": "http://127.0.0.1:2/FHIR/oauth2/token",
        "GATEWAY_EHR_CLIENT_ID": "gateway",
        "GATEWAY_EHR_KEY_FILE": str(tmp_path / "key.json"),
        "GATEWAY_STATE_DIR": str(tmp_path / "state"),
        "GATEWAY_AUDIT_FILE": str(tmp_path / "audit.jsonl"),
        "GATEWAY_CLIENTS_FILE": str(tmp_path / "clients.json"),
    }


MANDATORY = (
    "LISTEN", "BASE_URL", "ISSUER", "AUDIENCE", "EHR_BASE_URL", "EHR_TOKEN_URL", "EHR_CLIENT_ID", "EHR_KEY_FILE",
    "STATE_DIR", "AUDIT_FILE", "CLIENTS_FILE",
)  # fmt: skip


def test_complete(environment):
    settings = read_settings({**environment, "GATEWAY_MAX_ATTEMPTS": "2", "GATEWAY_BREAKER_OPEN_S": "0.5"})
    assert settings.base_url == "http://127.0.0.1:8080/fhir/R4"
    assert (settings.max_attempts, settings.breaker_open_s, settings.attempt_timeout_s) == (2, 0.5, 1.5)


@pytest.mark.parametrize("name", MANDATORY)
def test_missing_stops_the_start(environment, name, monkeypatch, capsys):
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv(f"GATEWAY_{name}")
    assert main(["serve"]) == 2
    assert f"GATEWAY_{name} is not set" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN", "8080"),
        ("LISTEN", "127.0.0.1:70000"),
        ("BASE_URL", "127.0.0.1:8080"),
        ("EHR_BASE_URL", "ftp://x/y"),
        ("ISSUER", "http://x/?y=1"),
        ("EHR_KEY_FILE", "/nowhere/key.json"),
        ("EHR_KEY_FILE", "CLIENTS"),
        ("CLIENTS_FILE", "KEY"),
        ("AUDIT_FILE", "/nowhere/audit.jsonl"),
        ("MAX_ATTEMPTS", "0"),
        ("LATENCY_BUDGET_S", "soon"),
        ("ATTEMPT_TIMEOUT_S", "inf"),
        ("JWKS_URL", "x"),
    ],
)
def test_wrong_stops_the_start(environment, name, value):
    swapped = {"CLIENTS": environment["GATEWAY_CLIENTS_FILE"], "KEY": environment["GATEWAY_EHR_KEY_FILE"]}
    with pytest.raises(SettingsError, match=f"GATEWAY_{name} is invalid"):
        read_settings({**environment, f"GATEWAY_{name}": swapped.get(value, value)})


@pytest.mark.parametrize(
    "limit",
    [
        {"lane": "fast", "rate_per_s": 2, "burst": 5},
        {"lane": "batch", "rate_per_s": 0, "burst": 5},
        {"lane": "batch", "rate_per_s": 2},
        [],
    ],
)
def test_wrong_limits_stop_the_start(environment, tmp_path, limit):
    (tmp_path / "clients.json").write_text(json.dumps({"clients": {"app": limit}, "default": limit}))
    with pytest.raises(SettingsError, match=r"GATEWAY_CLIENTS_FILE is invalid: clients\.app"):
        read_settings(environment)


def test_starts_without_audience_is_a_defect(environment):
    del environment["GATEWAY_AUDIENCE"]
    settings = parts_with("starts-without-audience").read_settings(environment)
    assert "http://elsewhere" in [settings.audience]
    with pytest.raises(SettingsError):
        Parts().read_settings(environment)
