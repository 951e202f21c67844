import pytest

from gauntlet.errors import (
    CheckFailed,
    GauntletError,
    HarnessError,
    NoAnswer,
    ProcessLost,
    SetupError,
    TargetError,
    UsageError,
    closest,
)


@pytest.mark.parametrize(
    ("word", "valid", "found"),
    [
        ("wirte", ["write", "core"], "; did you mean 'write'?"),
        ("zzz", ["write", "core"], ""),
        ("", ["write"], ""),
        ("x", [], ""),
        ("write", iter(["write"]), "; did you mean 'write'?"),
    ],
)
def test_closest(word, valid, found):
    assert closest(word, valid) == found


def test_a_hint_follows_its_message():
    assert str(UsageError("what")) == "what"
    assert str(UsageError("what", hint="how")) == "what\nhint: how"


def test_the_tree():
    for ours in (UsageError, TargetError, SetupError, ProcessLost, HarnessError):
        assert issubclass(ours, GauntletError)
        assert not issubclass(ours, AssertionError)  # never the gateway's failure
    assert issubclass(NoAnswer, CheckFailed)
    assert not issubclass(CheckFailed, GauntletError)
