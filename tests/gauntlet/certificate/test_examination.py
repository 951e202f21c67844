"""One test for each way to tamper with a certificate, by a stranger and by somebody who holds the key."""

from dataclasses import replace

import orjson
import pytest

from gauntlet.certificate.bundle import MANIFEST, SIGNATURE, TARGET, canonical, content, signed
from gauntlet.certificate.signing import sign
from gauntlet.certificate.suite import Suite
from gauntlet.result import to_json
from gauntlet.verdict import Outcome, Verdict
from tests.gauntlet.certificate.certified import (
    KEY,
    OTHER_KEY,
    RAW,
    SUITE,
    certificate,
    kinds,
    resigned,
    run_of,
    seen,
    waived_run,
)
from tests.gauntlet.samples import result


@pytest.fixture(scope="module")
def honest():
    return certificate(run_of())


def only(files, **options):
    """The one thing that is wrong with a certificate."""
    problems = seen(files, **options).problems
    assert len(problems) == 1, problems
    return (problems[0].kind, problems[0].message)


def test_an_honest_certificate_holds(honest):
    found = seen(honest)
    assert (found.problems, found.notes) == ([], [])
    assert found.manifest["statement"]["certified"] == ["read-only", "read-write", "sustained"]


def test_the_same_run_and_key_give_the_same_bytes(honest):
    assert certificate(run_of()) == honest


def test_nobody_in_particular_is_trusted_without_a_key(honest):
    assert seen(honest, trusted=()).problems == []


@pytest.mark.parametrize("name", ["results.json", "report.html", "junit.xml", "ledger.ndjson", TARGET])
def test_an_edited_file(honest, name):
    kind, message = only({**honest, name: honest[name] + b" "})
    assert kind == "edited"
    assert message.startswith(f"{name} was edited")


def test_a_missing_file(honest):
    files = {name: data for name, data in honest.items() if name != "summary.md"}
    assert only(files) == ("missing", "summary.md is missing")


def test_an_extra_file(honest):
    assert only({**honest, "praise.pdf": b"%PDF"}) == ("extra", "praise.pdf is extra: nobody signed it")


def test_an_edited_manifest(honest):
    files = {**honest, MANIFEST: honest[MANIFEST].replace(b'"seed": 7', b'"seed": 8')}
    assert only(files)[0] == "signature"
    assert "was edited after it was signed" in only(files)[1]


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_no_manifest_or_signature(honest, name):
    files = {key: data for key, data in honest.items() if key != name}
    assert only(files) == ("missing", f"{name} is missing: this is no certificate, or not a whole one")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"algorithm": "none", "public_key": "", "signature": ""}', b'{"algorithm": "Ed25519"}'],
    ids=["empty", "list", "no algorithm", "no members"],
)
def test_a_broken_signature(honest, data):
    assert only({**honest, SIGNATURE: data})[1].startswith("signature.json cannot be read")


def test_signed_by_somebody_else():
    kind, message = only(certificate(run_of(), OTHER_KEY))
    assert kind == "key"
    assert message.startswith("signed with another key")


def test_signed_again_by_somebody_else_under_the_vendor_s_name(honest):
    files = resigned(honest, OTHER_KEY)
    assert only(files)[0] == "key"
    assert only(files, trusted=()) == (
        "key",
        "signed again: manifest.json names another key than the one that signed it",
    )


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"[]", "is not the manifest of a certificate"),
        (b"{", "is not the manifest of a certificate"),
        (b'{"format": "gauntlet-certificate", "format_version": 2}', "has format version 2, this reads 1"),
        (b'{"format": "gauntlet-certificate", "format_version": 1}', "does not have the form of a manifest"),
    ],
)
def test_a_signed_manifest_that_is_none(honest, manifest, message):
    told = orjson.loads(manifest) if manifest != b"{" else None
    key = orjson.loads(honest[MANIFEST])["key"]
    raw = canonical({**told, "key": key}) if isinstance(told, dict) else manifest
    kind, text = only({MANIFEST: raw, SIGNATURE: sign(raw, KEY).to_json()})
    assert (kind, message in text) == ("manifest", True)


def test_a_manifest_that_is_written_in_another_way(honest):
    raw = orjson.dumps(orjson.loads(honest[MANIFEST]))
    assert only({**honest, MANIFEST: raw, SIGNATURE: sign(raw, KEY).to_json()})[0] == "manifest"


# From here on the forger holds the key: every digest and the signature are right.


def forged(run, **changes):
    """The certificate that a forger makes of an edited run: everything drawn and signed anew."""
    return certificate(replace(run, **changes))


def test_nothing_was_executed():
    run = run_of()
    checks = [replace(check, measured={}) for check in run.checks]
    assert kinds(seen(forged(run, checks=checks))) == {"zero-executed"}


def test_no_check_at_all():
    assert "zero-executed" in kinds(seen(forged(run_of(), checks=[])))


def test_one_check_was_not_executed():
    run = run_of()
    kind, message = only(forged(run, checks=[replace(run.checks[0], measured={}), *run.checks[1:]]))
    assert kind == "zero-executed"
    assert message.startswith("1 of 6 passed checks have neither an exchange nor a measurement")


def test_a_failure_under_a_conformant_verdict():
    run = run_of()
    checks = [replace(run.checks[0], verdict=Verdict.FAIL), *run.checks[1:]]
    found = seen(forged(run, checks=checks))
    assert kinds(found) == {"verdict"}
    assert found.problems[0].message == ("the verdict told is conformant, but the checks add up to non-conformant")


def test_a_profile_that_does_not_follow():
    run = run_of(result("IDE-01", Verdict.INCONCLUSIVE))
    profiles = [replace(profile, outcome=Outcome.CONFORMANT) for profile in run.profiles]
    found = seen(forged(run, profiles=profiles))
    assert "the profile read-write is told as conformant, but its checks add up to inconclusive" in {
        problem.message for problem in found.problems
    }


def test_an_exit_code_that_does_not_follow():
    run = run_of(result("IDE-01", Verdict.INCONCLUSIVE))
    assert "verdict" in kinds(seen(forged(run, exit_code=0)))


def test_a_run_that_is_not_conformant():
    kind, message = only(certificate(run_of(result("CON-01", Verdict.FAIL))))
    assert (kind, message) == ("not-certifiable", "the run is non-conformant: 1 of 6 checks failed: CON-01")


def test_a_partial_run():
    found = seen(certificate(run_of(deselected=1)))
    assert "not-certifiable" in kinds(found) or "checks" in kinds(found)


def test_a_failed_check_is_left_out():
    run = run_of()
    found = seen(forged(run, checks=run.checks[1:]))
    assert "CON-01 has 1 checks, but the results hold 0 of them" in {p.message for p in found.problems}


def test_a_failed_check_and_its_requirement_are_left_out():
    run = run_of()
    kind, message = only(forged(run, checks=run.checks[1:], requirements=run.requirements[1:]))
    assert (kind, message) == (
        "table",
        "CON-01 of this suite is not in the results: they are not of a whole run",
    )


def test_a_failed_check_is_left_out_and_its_requirement_told_as_untested():
    run = run_of()
    rows = [replace(run.requirements[0], checks=0, not_tested="later, 2026-11-21"), *run.requirements[1:]]
    assert only(forged(run, checks=run.checks[1:], requirements=rows))[0] == "table"


def test_a_check_twice():
    run = run_of()
    assert "checks" in kinds(seen(forged(run, checks=[*run.checks, run.checks[0]])))


def test_a_must_is_told_as_a_should():
    run = run_of()
    checks = [replace(run.checks[0], level="SHOULD", verdict=Verdict.WARN), *run.checks[1:]]
    assert kinds(seen(forged(run, checks=checks))) == {"labels"}


def test_a_failure_is_told_as_not_claimed():
    run = run_of()
    checks = [replace(run.checks[0], verdict=Verdict.NOT_CLAIMED, reason="no"), *run.checks[1:]]
    assert kinds(seen(forged(run, checks=checks))) == {"labels"}


def test_a_failure_is_told_as_waived_without_a_waiver():
    kind, message = only(certificate(waived_run()))
    assert kind == "target"
    assert message.endswith("is told as waived, but target.json carries no waiver of it")


def test_a_waived_must_is_told_and_takes_its_profile():
    run = waived_run()
    found = seen(certificate(run, raw={**RAW, "waiver": [{"check": run.checks[3].check}]}))
    assert found.problems == []
    told = found.manifest["statement"]
    assert told["certified"] == ["read-only", "sustained"]
    assert told["waived"][0]["requirement"] == "IDE-01"
    assert told["requirements"]["IDE-01"] == "waived"


def test_a_waived_must_of_every_profile_leaves_nothing_to_certify():
    run = waived_run("CON-01")
    kind, message = only(certificate(run, raw={**RAW, "waiver": [{"check": run.checks[0].check}]}))
    assert (kind, message) == (
        "not-certifiable",
        "no profile is borne out: CON-01 is waived, and a profile says that every MUST holds",
    )


@pytest.mark.parametrize("member", ["gateway", "certified", "claims", "waived", "run", "requirements"])
def test_a_statement_that_does_not_follow(honest, member):
    told = orjson.loads(honest[MANIFEST])["statement"]
    kind, message = only(resigned(honest, statement={**told, member: "x"}))
    assert (kind, message) == ("statement", f"the manifest's {member} does not follow from results.json")


def test_a_statement_with_more_to_say(honest):
    told = orjson.loads(honest[MANIFEST])["statement"]
    assert only(resigned(honest, statement={**told, "award": "gold"}))[0] == "statement"


@pytest.mark.parametrize("name", ["report.html", "summary.md", "junit.xml", "ledger.ndjson", "results.schema.json"])
def test_a_document_that_shows_something_else(honest, name):
    kind, message = only(resigned({**honest, name: honest[name] + b"\n"}))
    assert (kind, message) == ("document", f"{name} does not show what results.json holds")


def test_a_document_of_another_build_is_not_compared(honest):
    files = resigned({**honest, "report.html": b"<html>"})
    found = seen(files, suite=Suite("0.2.0", "another"))
    assert found.problems == []
    assert "another build of the suite (0.1.0, here 0.2.0)" in found.notes[0]


@pytest.mark.parametrize(
    "raw",
    [{}, [], {**RAW, "claims": {}}, {**RAW, "gateway": {"name": "H"}}, {**RAW, "claims": []}, {"gateway": "G"}],
    ids=["empty", "list", "no claims", "another gateway", "claims as a list", "gateway as text"],
)
def test_another_target_file(honest, raw):
    assert only(resigned({**honest, TARGET: orjson.dumps(raw)}))[0] == "target"


def test_a_matrix_of_teeth_that_was_exchanged():
    run = run_of()
    files = signed(run, content(run, RAW, b"[]"), SUITE, KEY)
    assert seen(files).problems == []
    assert "edited" in kinds(seen(resigned({**files, "teeth.json": b"[1]"})))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"schema_version": 2}'])
def test_results_that_are_none(honest, data):
    assert only(resigned({**honest, "results.json": data}))[0] == "results"


def test_results_of_strange_types(honest):
    raw = orjson.loads(honest["results.json"])
    raw["checks"][0]["exchanges"] = [3]
    found = seen(resigned({**honest, "results.json": orjson.dumps(raw, option=orjson.OPT_INDENT_2)}))
    assert kinds(found) == {"results"}


def test_a_credential_in_the_results():
    run = run_of()
    token = "eyJ" + "hbGciOiJub25lIn0" * 3
    files = certificate(run)
    spoilt = replace(run, notes=[f"Authorization: Bearer {token}"])
    assert "secret" in kinds(seen(resigned({**files, "results.json": to_json(spoilt)})))


def test_a_certificate_without_its_results(honest):
    files = {name: data for name, data in honest.items() if name != "results.json"}
    assert kinds(seen(resigned(files))) == {"missing"}
