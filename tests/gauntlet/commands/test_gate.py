import pytest
from typer.testing import CliRunner

from gauntlet.checklist import list_checks
from gauntlet.cli import app
from gauntlet.commands import gate as command
from gauntlet.errors import UsageError
from gauntlet.result import to_json
from gauntlet.verdict import Verdict
from tests.gauntlet.certificate.certified import run_of
from tests.gauntlet.samples import result

HONEST = run_of()
FAILS = run_of(result("CON-01", Verdict.FAIL))


@pytest.fixture
def gated(tmp_path, monkeypatch):
    """Run the gate; each stage ends as the next of `runs`. Returns exit code, output and what was asked."""

    def done(*options, runs=(HONEST,)):
        asked, rest = [], list(runs)

        def carry_out(request, _):
            asked.append(request)
            folder = tmp_path / f"{len(asked)}-{len(options)}"
            folder.mkdir(exist_ok=True)
            return rest.pop(0), folder

        monkeypatch.setattr(command, "carry_out", carry_out)
        found = CliRunner().invoke(app, ["run", "reference", *map(str, options)], catch_exceptions=False)
        return found.exit_code, found.output, asked

    return done


def test_the_quick_selection_is_the_whole_job(gated, tmp_path):
    code, _, (request,) = gated("--gate")
    assert (code, request.only, request.whole) == (0, command.quick_selection(), True)
    assert "gate: the quick selection alone ran, 6 checks" in (tmp_path / "1-1" / "results.json").read_text()


def test_a_selection_of_one_s_own(gated):
    assert gated("--gate", "--only", "AUT")[2][0].only == ("AUT",)


def test_everything_comes_after_the_quick_selection_has_passed(gated):
    code, _, asked = gated("--gate", "--full", runs=[HONEST, FAILS])
    assert (code, [request.only == () for request in asked], asked[1].whole) == (1, [False, True], False)
    code, output, asked = gated("--gate", "--full", "--seed", "3", runs=[FAILS, HONEST])
    assert (code, len(asked), "new failure: CON-01" in output) == (1, 1, True)


def test_a_baseline(gated, tmp_path):
    (tmp_path / "b.json").write_bytes(to_json(FAILS))
    code, output, _ = gated("--gate", "--baseline", tmp_path / "b.json", "--new-failures-only", runs=[FAILS])
    assert (code, "known failure: CON-01" in output, "gate open" in output) == (0, True, True)
    assert gated("--gate", "--baseline", tmp_path / "b.json", runs=[FAILS])[0] == 1


@pytest.mark.parametrize(
    "options",
    [("--gate", "--new-failures-only"), ("--baseline", "x"), ("--full",), ("--gate", "--baseline", "nowhere.json")],
)
def test_options_that_do_not_fit(gated, options):
    with pytest.raises(UsageError):
        gated(*options)


def test_the_quick_selection_names_checks_that_exist_and_no_load():
    checks = {item["check"]: item["requirement"] for item in list_checks()}
    for prefix in command.quick_selection():
        found = [row for check, row in checks.items() if check.startswith(prefix)]
        assert found, prefix
        assert not any(row.startswith("LOD") for row in found), prefix
