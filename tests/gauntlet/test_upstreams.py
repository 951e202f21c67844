"""Upstreams and addresses by vendor."""

import pytest

from gauntlet.addressing import delivered_id, patient_path
from gauntlet.errors import TargetError
from gauntlet.target_ehr import Ehr
from gauntlet.upstreams import PASSWORD_FILE, EpicUpstream, UnityUpstream
from synthetic.population import Population


class Recorder:
    """A control port that writes down what it is asked."""

    def __init__(self):
        self.calls = []

    def call(self, *arguments):
        self.calls.append(arguments)


def test_a_unity_upstream_registers_its_service_account(tmp_path):
    upstream = UnityUpstream(Ehr(vendor="allscripts", actions=["GetPatient"]), tmp_path, tmp_path)
    control = Recorder()
    upstream.register(control, expired=True)
    ((method, path, account),) = control.calls
    assert (method, path) == ("PUT", "/clients/gauntlet-gateway")
    assert account["password"] == (tmp_path / PASSWORD_FILE).read_text()
    assert (account["actions"], account["appnames"], account["expired"]) == (["GetPatient"], ["Gauntlet.Gateway"], True)
    assert list(account["users"]) == ["gateway"]
    values = upstream.values("http://127.0.0.1:1")
    assert values["ehr.base_url"] == "http://127.0.0.1:1/Unity/UnityService.svc/json"
    assert account["password"] not in str(values)


@pytest.mark.parametrize(("address", "port"), [("http://127.0.0.1:81", "81"), ("https://ehr.test", "443")])
def test_an_address_in_parts(tmp_path, address, port):
    values = EpicUpstream(Ehr(vendor="epic"), tmp_path, tmp_path).values(address)
    assert values["ehr.base_url"] == values["ehr.origin"] + values["ehr.path"] == f"{address}/FHIR/api/FHIR/R4"
    assert (values["ehr.host"], values["ehr.port"]) == (address.split("/")[2].split(":")[0], port)


@pytest.mark.parametrize("content", [None, "  \n"], ids=["missing", "empty"])
def test_passwords_of_a_running_gateway_must_be_there(tmp_path, content):
    if content is not None:
        (tmp_path / "secret").write_text(content)
    ehr = Ehr(vendor="allscripts", password_file="secret", user_password_file="secret")
    with pytest.raises(TargetError, match="password file"):
        UnityUpstream(ehr, tmp_path, tmp_path).register(Recorder())


def test_how_a_patient_is_reached():
    chart = Population(1, 4000).chart(0)
    assert patient_path("epic", chart) == f"Patient/{chart.id}"
    assert patient_path("allscripts", chart).startswith("Patient?identifier=urn%3Aoid")
    assert patient_path("allscripts", chart).endswith(chart.mrn)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"resourceType": "Patient", "id": "x"}, "x"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"id": "y"}}]}, "y"),
        ({"resourceType": "Bundle"}, ""),
        ({"resourceType": "Bundle", "entry": [{"resource": {"id": "y"}}, {"resource": {"id": "z"}}]}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_id_of_a_delivered_patient(content, found):
    assert delivered_id(content) == found


def test_renewals_and_dead_tokens_in_the_journal(tmp_path):
    epic, unity = (
        EpicUpstream(Ehr(vendor="epic"), tmp_path, tmp_path),
        UnityUpstream(Ehr(vendor="allscripts"), tmp_path, tmp_path),
    )
    logged_out = "Magic Error - As a security precaution you were logged out because of inactivity."
    calls = [{"path": f"/Unity/UnityService.svc/json/{name}"} for name in ("GetToken", "MagicJson")]
    assert (epic.renewals(calls), unity.renewals(calls)) == (2, 1)
    for status, body, by_epic, by_unity in (
        (401, "", True, False),
        (200, logged_out, False, True),
        (200, None, False, False),
    ):
        entry = {"status": status, "response_body": body}
        assert (epic.met_dead_token(entry), unity.met_dead_token(entry)) == (by_epic, by_unity)
