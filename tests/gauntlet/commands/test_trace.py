import pytest
from rich.console import Console

from gauntlet.commands import trace as command
from gauntlet.errors import UsageError
from gauntlet.golden import Traced, from_json, to_json

WAS = Traced("CON-01", ["some-defect"], {"expect.status": 1}, ["sends GET Patient"])


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """Let the suite be `suite`, and return exit code and output of the command."""

    def show(suite, golden=None, accept=False):
        path = tmp_path / "trace.json"
        if golden is not None:
            path.write_bytes(to_json(golden))
        monkeypatch.setattr(command, "trace_of_suite", lambda: suite)
        code = command.show_trace(None, path, Console(width=200), accept=accept)
        return code, capsys.readouterr().out, path

    return show


def test_nothing_is_gone(shown):
    code, output, _ = shown({"a": WAS}, {"a": WAS})
    assert code == 0
    assert "nothing of" in output


def test_what_is_gone_is_told_with_the_way_to_accept_it(shown):
    code, output, _ = shown({"b": WAS}, {"a": WAS})
    assert code == 1
    assert "gone  a: is not collected any more" in output
    assert "new, and held to the trace once it has them: 1" in output
    assert "gauntlet trace out/latest --accept" in output


def test_accepting_writes_the_suite_and_keeps_steps_that_no_run_brings(shown):
    code, output, path = shown({"a": Traced("CON-02", ["x"])}, {"a": WAS}, accept=True)
    assert code == 0
    assert from_json(path.read_bytes()) == {"a": Traced("CON-02", ["x"], {}, WAS.steps)}
    assert "1 checks, 1 of them with their steps" in output


def test_a_first_trace_is_written(shown):
    assert shown({"a": WAS}, accept=True)[0] == 0
    assert shown({"a": WAS})[0] == 0


@pytest.mark.parametrize("content", [None, b"{", b"{}", b'{"checks": {"a": {"x": 1}}}', b"[]"])
def test_what_is_no_trace_is_refused(tmp_path, content):
    path = tmp_path / "trace.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="trace"):
        command.read_golden(path)
