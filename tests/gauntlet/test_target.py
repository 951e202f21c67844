import pytest

from gauntlet import places
from gauntlet.errors import TargetError
from gauntlet.target import read_target

GATEWAY = '[gateway]\nname = "G"\nbase_url = "http://127.0.0.1:{gateway.port}/fhir"\n'
LAUNCH = '[gateway.launch]\ncommand = ["x"]\nready = "{gateway.root}/"\n'
EHR = '[[ehr]]\nvendor = "epic"\n'
BASE = GATEWAY + LAUNCH + EHR
CONSUMER = '[consumer]\nlisten = "127.0.0.1:9444"\n'


@pytest.fixture
def read(tmp_path):
    def read_text(text, **environment):
        path = tmp_path / "t.toml"
        path.write_text(text, encoding="utf-8")
        return read_target(path, environment)

    return read_text


@pytest.fixture
def error_of(read, tmp_path):
    def error(text, **environment):
        with pytest.raises(TargetError) as caught:
            read(text, **environment)
        assert caught.value.hint
        return caught.value.message.replace(f"{tmp_path / 't.toml'}: ", "")

    return error


def test_the_smallest_target(read, tmp_path):
    target = read(BASE)
    assert (target.path, target.launched, target.direct, target.claims) == (tmp_path / "t.toml", True, False, ("core",))


def test_claims_are_the_tables_that_are_there(read):
    target = read(BASE + '[claims.write]\ntypes = ["Condition"]\n[claims.audit]\n[claims.load]\n')
    assert target.claims == ("core", "write", "audit", "load")


PROXIES = ("proxies/nginx", "proxies/caddy")
PATTERNS = ("patterns/facade", "patterns/hybrid", "patterns/point-to-point")


@pytest.mark.parametrize(
    "name", ["reference", "direct-epic", "template", "unity", "consent", "cache", "two-ehrs", *PROXIES]
)
def test_the_bundled_targets_can_be_read(name):
    target = read_target(places.bundled("targets") / f"{name}.toml", {})
    assert target.direct == (name == "direct-epic")


WRONG = {
    "a table's name": ("[clams.write]", "clams: unknown key; did you mean 'claims'?; valid here: gateway, ehr,"),
    "a key inside a table": (
        "[observe]\nmetric = ''",
        "observe.metric: unknown key; did you mean 'metrics'?; valid here: logs",
    ),
    "a claim": ("[claims.writ]", "claims.writ: unknown key; did you mean 'write'?; valid here: core, write,"),
    "a key in a list of tables": ('[[waiver]]\nchek = "x"', "waiver.0.chek: unknown key; did you mean 'check'?"),
    "a key of an endpoint's objectives": (
        '[slo.endpoint."search Observation"]\np98_ms = 1',
        "slo.endpoint.search Observation.p98_ms: unknown key; did you mean 'p9",
    ),
    "an endpoint without interaction": (
        '[slo.endpoint."Observation"]\np99_ms = 1',
        "slo.endpoint.Observation.[key]: give an endpoint such as \"search Observation\", not 'Observation'",
    ),
    "an unknown traffic class": ("[slo.traffic.night]\np99_ms = 1", "slo.traffic.night.[key]: "),
    "a key that nothing resembles": (
        "[slo]\nxyz = 1",
        "slo.xyz: unknown key; valid here: p50_ms, p95_ms, p99_ms, p999_ms, error_rate",
    ),
    "a missing key": ("[claims.write]", "claims.write.types: this key is required"),
    "an empty list": ("[claims.write]\ntypes = []", "claims.write.types: list should have at least 1 item"),
    "a resource type": (
        '[claims.write]\ntypes = ["Observatin"]',
        "claims.write.types.0: input should be 'AllergyIntolerance', 'Condition' or 'Observation', not 'Observatin';",
    ),
    "a number in quotes": (
        '[claims.throttling]\nburst = "10"\nrate_per_s = 1\nehr_concurrency = 9',
        "claims.throttling.burst: input should be a valid integer, not '10'",
    ),
    "a number out of range": (
        "[claims.throttling]\nburst = 0\nrate_per_s = 1\nehr_concurrency = 9",
        "claims.throttling.burst: input should be greater than or equal to 1, not 0",
    ),
    "a fraction": ("[slo]\nerror_rate = 2", "slo.error_rate: input should be less than or equal to 1, not 2"),
    "an endless time": ("[claims.resilience]\nrecovery_s = inf", "claims.resilience.recovery_s: input should be"),
    "no number": ("[claims.resilience]\nrecovery_s = nan", "claims.resilience.recovery_s: input should be"),
    "a source of tokens": (
        '[consumer]\ntokens = "isuer"',
        "consumer.tokens: input should be 'issuer' or 'ehr', not 'isuer'; did you mean 'issuer'?",
    ),
    "an address of the network": (
        '[consumer]\nlisten = "0.0.0.0:9443"',
        "consumer.listen: give a loopback address with a port, such as \"127.0.0.1:9443\", not '0.0.0.0:9443'",
    ),
    "an address without a port": ('[consumer]\nlisten = "localhost"', "consumer.listen: give a loopback address"),
    "a date in quotes": (
        '[[waiver]]\ncheck = "x"\nreason = "known to us"\nowner = "o"\nexpires = "2027-01-01"',
        "waiver.0.expires: input should be a valid date, not '2027-01-01'; dates stand without quotes, such",
    ),
    "a reason that is none": (
        '[[waiver]]\ncheck = "x"\nreason = "later"\nowner = "o"\nexpires = 2027-01-01',
        "waiver.0.reason: string should have at least 10 characters, not 'later'",
    ),
    "a field of the audit trail": (
        '[observe.audit]\nfile = "x"\nfields = {patien = "x"}',
        "observe.audit.fields.patien.[key]: input should be 'time', 'correlation_id',",
    ),
    "a placeholder": (
        '[observe]\nmetrics = "{gateway.rot}/m"',
        "unknown placeholder {gateway.rot}; did you mean 'gateway.root'?",
    ),
    "a secret that is not set": ('[observe]\nlogs = "${MY_LOG}"', "the environment variable MY_LOG is not set"),
    "a second EHR": (EHR, "ehr: list should have at most 1 item"),
    "wrong TOML": ("[claims", "not valid TOML: Expected ']' at the end of a table declaration"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_errors_name_key_and_what_is_valid(error_of, text, message):
    assert any(line.startswith(message) for line in error_of(BASE + text).splitlines())


def test_a_wrong_base_url_and_ready_url(error_of):
    wrong = (GATEWAY + LAUNCH + EHR).replace("http://127.0.0.1:{gateway.port}", "127.0.0.1")
    assert error_of(wrong) == "gateway.base_url: a URL begins with http:// or https://, not '127.0.0.1/fhir'"
    wrong = BASE.replace("{gateway.root}/", "/health")
    assert error_of(wrong).startswith(
        "gateway.launch.ready: a URL begins with http://, https:// or {gateway.root}, not"
    )


def test_every_problem_is_told_at_once(error_of):
    lines = error_of(BASE + '[consumer]\ntokens = "x"\n[slo]\nerror_rate = 2\n[claims.lod]').splitlines()
    assert [line.partition(":")[0] for line in lines] == ["consumer.tokens", "claims.lod", "slo.error_rate"]


def test_an_empty_file(error_of):
    assert error_of("").splitlines() == ["gateway: this key is required", "ehr: this key is required"]


def test_a_secret_that_is_set(read):
    assert read(BASE + '[observe]\nlogs = "${MY_LOG}"', MY_LOG="/x").file.observe.logs == "${MY_LOG}"


def test_a_gateway_that_already_runs_needs_fixed_addresses(error_of, read):
    running = GATEWAY.replace("{gateway.port}", "8080")
    assert error_of(running + EHR).startswith("ehr.0.listen: required when the gateway already runs")
    with_ehr = running + EHR + 'listen = "127.0.0.1:9443"\n'
    assert error_of(with_ehr).startswith("consumer.listen: required when the gateway already runs")
    with_keys = with_ehr + 'jwks = "keys.json"\n'
    assert error_of(with_ehr + CONSUMER).startswith("ehr.0.jwks: required when the gateway already runs")
    target = read(with_keys + CONSUMER)
    assert (target.launched, target.direct) == (False, False)


def test_no_gateway_at_all_needs_none(read):
    assert read(GATEWAY.replace("http://127.0.0.1:{gateway.port}/fhir", "{ehr.base_url}") + EHR).direct


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(TargetError, match="does not exist") as caught:
        read_target(tmp_path / "absent.toml", {})
    assert "gauntlet init FILE" in caught.value.hint
    with pytest.raises(TargetError, match=r"cannot be read: .*Is a directory"):
        read_target(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(TargetError, match=r"cannot be read: .*utf-8"):
        read_target(tmp_path / "latin.toml", {})


UNITY = GATEWAY + LAUNCH + '[[ehr]]\nvendor = "allscripts"\n'


def test_a_unity_upstream(read):
    ehr = read(UNITY + 'actions = ["GetPatient"]\nuser = "jdoe"\n').file.ehr[0]
    assert (ehr.vendor, ehr.user, ehr.actions) == ("allscripts", "jdoe", ["GetPatient"])
    assert ehr.username == "gauntlet-gateway"


UNITY_WRONG = {
    "a key of Epic": (UNITY + 'client_id = "x"\n', "client_id is no key of vendor allscripts; valid here: vendor,"),
    "a key of Unity": (BASE + 'user = "x"\n', "user is no key of vendor epic; valid here: vendor, facility,"),
    "another vendor": (BASE.replace("epic", "epik"), "ehr.0.vendor: input should be 'epic' or"),
    "a placeholder of Epic": (
        UNITY.replace('command = ["x"]', 'command = ["{ehr.key_file}"]'),
        "{ehr.key_file} has no value with vendor allscripts",
    ),
    "no gateway": (
        '[gateway]\nname = "G"\nbase_url = "{ehr.base_url}"\n[[ehr]]\nvendor = "allscripts"\n',
        "consumers cannot talk to Unity themselves",
    ),
}


@pytest.mark.parametrize(("text", "message"), UNITY_WRONG.values(), ids=UNITY_WRONG)
def test_what_a_vendor_does_not_have(error_of, text, message):
    assert message in error_of(text)


def test_a_running_gateway_brings_its_passwords(error_of):
    text = '[gateway]\nname = "G"\nbase_url = "http://127.0.0.1:9999/fhir"\n[[ehr]]\nvendor = "allscripts"\n'
    assert "ehr.0.password_file: required" in error_of(text + 'listen = "127.0.0.1:9443"\n' + CONSUMER)
