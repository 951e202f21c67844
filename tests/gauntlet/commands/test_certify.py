import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from gauntlet.certificate.examination import Installed
from gauntlet.certificate.signing import write_new_key
from gauntlet.certificate.suite import installed_suite
from gauntlet.cli import app
from gauntlet.commands import certify as command
from gauntlet.errors import UsageError
from gauntlet.result import Exchange
from gauntlet.teeth import Bite, Matrix
from gauntlet.teeth_file import write_matrix
from gauntlet.verdict import Outcome, Verdict
from tests.gauntlet.certificate.certified import run_of
from tests.gauntlet.samples import result

TARGET = """
[gateway]
name = "G"
base_url = "http://127.0.0.1:{gateway.port}/fhir"
[gateway.launch]
command = ["gateway", "--password", "${WORD}"]
ready = "{gateway.root}/"
[[ehr]]
vendor = "epic"
[claims.write]
types = ["Condition"]
[claims.load]
"""


@pytest.fixture
def certify(tmp_path, monkeypatch):
    """Certify a run that ended as given; returns exit code and output."""
    monkeypatch.setenv("WORD", "open-sesame")
    (tmp_path / "t.toml").write_text(TARGET)
    write_new_key(tmp_path / "key.pem")
    monkeypatch.setattr(command, "installed_here", lambda: Installed(installed_suite(), run_of().requirements))

    def done(run, *options):
        folder = tmp_path / "run"
        folder.mkdir()
        monkeypatch.setattr(command, "carry_out", lambda *_: (run, folder))
        words = ["certify", str(tmp_path / "t.toml"), "--key", str(tmp_path / "key.pem"), *options]
        return CliRunner().invoke(app, words)

    return done


def verify(folder, *options):
    return CliRunner().invoke(app, ["verify", str(folder), *options])


def test_a_certificate_from_run_to_verification(certify, tmp_path):
    assert certify(run_of()).exit_code == 0
    folder = tmp_path / "run" / "certificate"
    told = json.loads((folder / "target.json").read_text())
    assert told["gateway"]["launch"]["command"] == ["gateway", "--password", "${WORD}"]
    checked = verify(folder, "--key", str(tmp_path / "key.pem.pub"))
    assert checked.exit_code == 0, checked.output
    assert "certified  read-only, read-write, sustained" in checked.output
    assert "verified: signed with the key given" in checked.output
    unknown = verify(folder)
    assert (unknown.exit_code, "nobody vouches for the key" in unknown.output) == (3, True)
    write_new_key(tmp_path / "other.pem")
    other = verify(folder, "--key", str(tmp_path / "other.pem.pub"))
    assert (other.exit_code, "rejected (key): signed with another key" in other.output) == (1, True)
    (folder / "report.html").write_text("nicer")
    edited = verify(folder, "--key", str(tmp_path / "key.pem.pub"))
    assert (edited.exit_code, "rejected (edited): report.html was edited" in edited.output) == (1, True)


@pytest.mark.parametrize(
    ("run", "code", "sentence"),
    [
        (run_of(result("CON-01", Verdict.FAIL)), 1, "not certified: the run is non-conformant"),
        (run_of(result("CON-01", Verdict.INCONCLUSIVE)), 3, "not certified: the run is inconclusive"),
        (run_of(deselected=1), 3, "not certified: the run is partial"),
        (run_of(result("CON-01", measured={})), 3, "not certified: 1 of 6 passed checks have neither"),
    ],
)
def test_a_refused_certificate(certify, tmp_path, run, code, sentence):
    done = certify(run)
    assert done.exit_code == code
    assert sentence in done.output
    assert not (tmp_path / "run" / "certificate").exists()
    assert (tmp_path / "run" / "report.html").exists()


def test_no_certificate_with_a_secret_in_it(certify, tmp_path):
    exchange = Exchange("consumer", 0, 1, "GET", "http://127.0.0.1/?open-sesame", 200)
    done = certify(run_of(result("CON-01", exchanges=[exchange])))
    assert done.exit_code == 3
    assert "not certified: results.json holds the value of ${WORD}" in done.output
    assert not (tmp_path / "run" / "certificate").exists()


def test_the_matrix_of_teeth_is_enclosed_when_every_check_bites(certify, tmp_path):
    matrix = tmp_path / "matrix.json"
    bite = Bite("d", "c", Verdict.FAIL, "", expected=True)
    write_matrix(Matrix((bite,), Outcome.CONFORMANT, ()), matrix)
    assert certify(run_of(), "--teeth", str(matrix)).exit_code == 0
    assert (tmp_path / "run" / "certificate" / "teeth.json").read_bytes() == matrix.read_bytes()
    for found, message in (
        (Matrix((replace(bite, verdict=Verdict.PASS),), Outcome.CONFORMANT, ()), "that every check bites: c"),
        (Matrix((bite,), Outcome.NON_CONFORMANT, ("a: fail: why",)), "that every check bites: a: fail: why"),
        (Matrix((), Outcome.CONFORMANT, ()), "that every check bites: no check at all"),
    ):
        write_matrix(found, matrix)
        with pytest.raises(UsageError, match=message):
            command._matrix(matrix)
    matrix.write_text("{")
    with pytest.raises(UsageError, match="is no matrix of teeth"):
        command._matrix(matrix)
    with pytest.raises(UsageError, match="cannot be read"):
        command._matrix(tmp_path / "none")


def test_a_new_key_is_written_and_told(tmp_path):
    done = CliRunner().invoke(app, ["certify", "--new-key", str(tmp_path / "k.pem")])
    assert done.exit_code == 0
    assert "give it to nobody" in done.output
    assert (tmp_path / "k.pem.pub").exists()


def test_a_target_is_signed_with_its_new_key(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "gauntlet.commands.run.certify_and_report", lambda request, key, *_: asked.append((request, key))
    )
    key = tmp_path / "k.pem"
    done = CliRunner().invoke(app, ["certify", "reference", "--new-key", str(key)])
    assert (done.exit_code, [(request.target.name, used) for request, used in asked]) == (0, [("reference.toml", key)])
    assert key.exists()


def test_one_key_signs(tmp_path):
    key = str(tmp_path / "k.pem")
    with pytest.raises(UsageError, match="--new-key makes one"):
        CliRunner().invoke(app, ["certify", "reference", "--new-key", key, "--key", key], catch_exceptions=False)
    assert not (tmp_path / "k.pem").exists()


@pytest.mark.parametrize("words", [["certify"], ["certify", "reference"], ["verify", "nowhere"]])
def test_what_is_missing_is_told(words):
    with pytest.raises(UsageError):
        CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.parametrize(
    ("verdict", "code", "sentence"),
    [
        (Verdict.PASS, 0, "pass again"),
        (Verdict.FAIL, 1, "pass is certified, now it is fail: reason of CON-01"),
        (Verdict.INCONCLUSIVE, 3, "now it is inconclusive"),
    ],
)
def test_checks_of_a_certificate_are_repeated(certify, tmp_path, monkeypatch, verdict, code, sentence):
    certify(run_of())
    rows = ["CON-01", "CON-02", "CON-03", "IDE-01", "IDE-02"]
    run = run_of(*(result(row, verdict) for row in rows))
    asked = []
    monkeypatch.setattr(command, "carry_out", lambda request, _: (asked.append(request) or run, tmp_path))
    folder, key, target = tmp_path / "run" / "certificate", tmp_path / "key.pem.pub", tmp_path / "t.toml"
    done = verify(folder, "--key", str(key), "--replay", "5", "--target", str(target))
    assert (done.exit_code, sentence in done.output) == (code, True)
    assert (len(asked[-1].only), asked[-1].seed, asked[-1].whole) == (5, 7, True)
    target.write_text(TARGET.replace('["Condition"]', '["Observation"]'))
    words = ["verify", str(folder), "--replay", "1", "--target", str(target)]
    with pytest.raises(UsageError, match="is not the target file that was certified"):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_which_checks_are_repeated_depends_on_the_certificate():
    run = run_of()
    orders = {tuple(check.check for check in command.drawn_checks(run, str(digest), 3)) for digest in range(20)}
    assert len(orders) > 5
    assert all(len(order) == 3 for order in orders)
    assert command.compare_verdicts(run.checks[0], None) == (3, "this suite has no such check")


def test_what_is_told_as_an_option_that_is_not_claimed_is_named_and_may_be_repeated(certify, tmp_path):
    reason = "the target does not claim batches"
    run = run_of(*(result(row, Verdict.NOT_CLAIMED, reason=reason) for row in ("CON-03", "IDE-01")))
    assert run.checks[2] in command.drawn_checks(run, "digest", 5)
    assert command.compare_verdicts(run.checks[2], run.checks[2]) == (0, "not-claimed again")
    failed = result("CON-03", Verdict.FAIL)
    assert command.compare_verdicts(run.checks[2], failed)[0] == 1
    certify(run)
    done = verify(tmp_path / "run" / "certificate", "--key", str(tmp_path / "key.pem.pub"))
    assert "not judged batches: not claimed (2 checks of CON-03, IDE-01)" in done.output
