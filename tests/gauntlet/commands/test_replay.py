import orjson
import pytest
from rich.console import Console

from gauntlet.commands import replay as command
from gauntlet.errors import TargetError, UsageError
from gauntlet.result import Exchange, to_json
from gauntlet.verdict import Verdict
from tests.gauntlet.certificate.certified import run_of
from tests.gauntlet.samples import check_id, result

PLAN = {"target": "/somewhere/t.toml", "run_dir": "/x", "seed": 7, "only": ["A"], "defect": "d", "news": 1}
EXCHANGE = Exchange("consumer", 0, 1, "GET", "http://127.0.0.1:1/x", 200)


@pytest.fixture
def replayed(tmp_path, monkeypatch):
    """Replay a check of a recorded run, which ends as given this time; returns exit code, output and the request."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    run = run_of(result("CON-01", Verdict.FAIL, exchanges=[EXCHANGE]), result("IDE-01", Verdict.NOT_CLAIMED))
    (old / "results.json").write_bytes(to_json(run))
    (old / "plan.json").write_bytes(orjson.dumps(PLAN))
    asked = []

    def done(name, again=None, error=None, where=old):
        def carry_out(request, _):
            asked.append(request)
            if error:
                raise error
            return again, new

        monkeypatch.setattr(command, "carry_out", carry_out)
        console = Console(record=True, width=200)
        code = command.replay_check(where, name, tmp_path, "c", console, lambda _: None)
        return code, console.export_text(), asked

    return done


def test_the_same_under_the_same_plan(replayed):
    code, text, (request,) = replayed("CON-01", run_of(result("CON-01", Verdict.FAIL, exchanges=[EXCHANGE])))
    assert code == 0
    assert f"same: {check_id('CON-01')}" in text
    assert (request.seed, request.defect, request.only, request.whole) == (7, "d", (check_id("CON-01"),), True)


def test_another_verdict(replayed):
    code, text, _ = replayed("CON-01", run_of(result("CON-01", exchanges=[EXCHANGE])))
    assert code == 1
    assert "the verdict was fail (reason of CON-01), now it is pass (-)" in text


def test_what_cannot_be_repeated(replayed):
    code, text, asked = replayed("IDE-01")
    assert (code, asked, "cannot be repeated" in text) == (3, [], True)
    code, text, _ = replayed("CON-01", error=TargetError("target file t.toml does not exist"))
    assert (code, "target file t.toml does not exist" in text) == (3, True)


def test_what_is_no_run_or_no_check(replayed, tmp_path):
    with pytest.raises(UsageError, match="did you mean"):
        replayed("family/test_it.py::test_con_01[7]")
    with pytest.raises(UsageError, match="6 checks begin with 'family'"):
        replayed("family")
    with pytest.raises(UsageError, match=r"results\.json cannot be read"):
        replayed("CON-01", where=tmp_path)
    (tmp_path / "old" / "plan.json").unlink()
    with pytest.raises(UsageError, match="holds no plan of a run"):
        replayed("CON-01")
