"""One test for each way to forge a certificate with the key: every digest and the signature are right."""

from dataclasses import replace

import orjson
import pytest

from gauntlet.certificate.bundle import MANIFEST, TARGET, content, signed
from gauntlet.certificate.examination import Installed, examine
from gauntlet.certificate.suite import Suite
from gauntlet.result import to_json
from gauntlet.verdict import Outcome, Verdict
from tests.gauntlet.certificate.certified import (
    KEY,
    PUBLIC,
    RAW,
    SUITE,
    certificate,
    kinds,
    only,
    resigned,
    run_of,
    seen,
    waived_run,
)
from tests.gauntlet.samples import check_id, result


@pytest.fixture(scope="module")
def honest():
    return certificate(run_of())


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


def not_claimed(reason, raw=None):
    """The certificate of a run of which one check is told as not claimed for `reason`."""
    run = run_of(result("CON-03", Verdict.NOT_CLAIMED, reason=reason))
    return certificate(run, raw=raw)


def test_an_option_that_is_not_claimed_is_certified_and_told():
    reason = "the target does not claim batches"
    files = not_claimed(reason)
    found = seen(files)
    assert found.problems == []
    assert found.manifest["statement"]["not_claimed"] == {check_id("CON-03"): reason}


def test_a_failure_is_told_as_about_a_feature_that_is_claimed():
    kind, message = only(not_claimed("the target does not claim write"))
    assert (kind, message) == (
        "labels",
        f"{check_id('CON-03')} is told as not claimed, but core is claimed",
    )


def test_a_failure_is_told_as_about_an_option_that_the_target_file_has():
    reason = "the target does not claim such records ([claims.write] types)"
    kind, message = only(not_claimed(reason))
    assert kind == "target"
    assert message.endswith("is told as not claimed, but target.json claims [claims.write] types")
    assert seen(not_claimed(reason, raw={**RAW, "claims": {"write": {}, "load": {}}})).problems == []


def test_a_failure_is_told_as_one_for_another_ehr():
    run = run_of()
    for reason in ("the target's EHR is allscripts: it judges by another", "the target's EHR is epicurean"):
        checks = [replace(run.checks[0], verdict=Verdict.NOT_CLAIMED, reason=reason), *run.checks[1:]]
        assert "labels" in kinds(seen(forged(run, checks=checks)))
    reason = "the target's EHR is epic: it judges by another"
    checks = [replace(run.checks[0], verdict=Verdict.NOT_CLAIMED, reason=reason), *run.checks[1:]]
    found = seen(forged(run, checks=checks))
    assert "CON-01 applies behind epic but no check judged it there: it is left out" in {
        problem.message for problem in found.problems
    }


def test_a_failure_is_told_as_one_for_another_ehr_and_its_row_as_not_applicable():
    run = run_of()
    reason = "the target's EHR is epic: it judges by another"
    checks = [replace(run.checks[0], verdict=Verdict.NOT_CLAIMED, reason=reason), *run.checks[1:]]
    rows = [replace(run.requirements[0], behind=["allscripts"]), *run.requirements[1:]]
    found = seen(forged(run, checks=checks, requirements=rows))
    assert "CON-01 applies behind other EHRs in this suite than is told" in {p.message for p in found.problems}


def test_one_failed_check_of_a_row_is_told_as_one_for_another_ehr():
    run = run_of()
    reason = "the target's EHR is epic: it judges by another"
    checks = [replace(run.checks[1], verdict=Verdict.NOT_CLAIMED, reason=reason)]
    told = forged(run, checks=[run.checks[0], *checks, *run.checks[2:]])
    installed = Installed(SUITE, run.requirements, {run.checks[1].check: ["epic"]})
    assert f"{run.checks[1].check} judges behind epic in this suite, but was not run" in {
        problem.message for problem in examine(told, [PUBLIC], installed).problems
    }


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


@pytest.mark.parametrize(
    "member", ["gateway", "certified", "claims", "waived", "run", "requirements", "not_applicable", "not_claimed"]
)
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
