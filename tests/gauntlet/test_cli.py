import os
import subprocess
import sys

import pytest

from gauntlet import cli
from gauntlet.errors import (
    GauntletError,
    HarnessError,
    Inconclusive,
    ProcessLost,
    SetupError,
    TargetError,
    UsageError,
)

COMMANDS = ("demo", "run", "load", "doctor", "init", "serve", "generate", "catalog", "explain", "teeth")


@pytest.fixture
def gauntlet(monkeypatch, capfd):
    """Run the command line in this process; returns exit code, stdout and stderr."""
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["gauntlet", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        streams = capfd.readouterr()
        return caught.value.code, streams.out, streams.err

    return call


def test_help_lists_every_command_and_the_exit_codes(gauntlet):
    code, out, err = gauntlet("--help")
    assert (code, err) == (0, "")
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []
    assert "Exit codes: 0 conformant, 1 non-conformant, 2 usage or configuration" in " ".join(out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_and_its_exit_codes(gauntlet, command):
    code, out, err = gauntlet(command, "--help")
    assert (code, err) == (0, "")
    assert f"Example: gauntlet {command}" in out
    assert "Exit codes: 0 " in out


def test_no_command_shows_the_help(gauntlet):
    code, out, err = gauntlet()
    assert code == 2
    assert "Usage: gauntlet" in out + err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rum", "reference"), "No such command 'rum'"),
        (("run",), "Missing argument 'target'"),
        (("run", "reference", "--onyl", "AUT"), "No such option: --onyl"),
        (("run", "reference", "--seed", "x"), "Invalid value for '--seed'"),
        (("load", "reference", "--scale", "0"), "Invalid value for '--scale'"),
        (("generate", "x", "--patients", "0"), "Invalid value for '--patients'"),
        (("teeth", "--jobs", "99"), "Invalid value for '--jobs'"),
    ],
)
def test_a_wrong_command_line(gauntlet, words, message):
    code, out, err = gauntlet(*words)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "nowhere.toml"), "error: target file nowhere.toml does not exist\nhint: "),
        (("run", "refernce"), "error: target file refernce does not exist; did you mean 'reference'?\nhint: "),
        (("doctor", "nowhere.toml"), "error: target file nowhere.toml does not exist\nhint: "),
        (("load", "reference", "--profile", "morning-spik"), "did you mean 'morning-spike'?\nhint: "),
        (("catalog", "fault"), "error: unknown catalog 'fault'; did you mean 'faults'?\nhint: there are requirements,"),
        (("serve", "epik"), "error: unknown vendor 'epik'; did you mean 'epic'?\nhint: "),
        (("serve", "epic", "--fault", "storm-42"), "error: unknown fault 'storm-42'; did you mean 'storm-429"),
        (("generate", "x", "--format", "ndjsn"), "error: unknown format 'ndjsn'; did you mean 'ndjson'?\nhint: "),
        (("generate", "/nowhere/x"), "error: cannot write /nowhere/x: No such file or directory\nhint: "),
        (("init", "/nowhere/x.toml"), "error: /nowhere/x.toml cannot be written: No such file or directory"),
        (("run", "reference", "--out", "/proc/nowhere"), "error: cannot create the run's folder /proc/nowhere/"),
    ],
)
def test_what_cannot_be_done_is_told_once_with_the_way_out(gauntlet, words, message):
    code, out, err = gauntlet(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_init_does_not_overwrite(gauntlet, tmp_path):
    path = tmp_path / "mine.toml"
    code, out, err = gauntlet("init", path)
    assert (code, out) == (0, "")
    assert err == f"wrote {path}; next: gauntlet doctor {path}\n"
    path.write_text("precious")
    code, out, err = gauntlet("init", path)
    assert (code, out) == (2, "")
    assert err == f"error: {path} exists already and is left as it is\nhint: give another name\n"
    assert path.read_text() == "precious"


ENDINGS = [
    (UsageError("x"), 2),
    (TargetError("x"), 2),
    (SetupError("x"), 2),
    (ProcessLost("x"), 3),
    (HarnessError("x"), 4),
    (GauntletError("x"), 4),
    (KeyboardInterrupt(), 3),
    (KeyboardInterrupt("ended from outside by SIGTERM"), 3),
    (ValueError("x"), 4),
    (AssertionError("x"), 4),
    (Inconclusive("x"), 4),
    (MemoryError(), 4),
    (PermissionError(13, "x"), 4),
    (BrokenPipeError(32, "x"), 3),
]


@pytest.mark.parametrize(("error", "code"), ENDINGS, ids=lambda item: getattr(type(item), "__name__", item))
def test_no_error_ever_looks_like_a_verdict(gauntlet, monkeypatch, error, code):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr("gauntlet.commands.catalog.catalog_lines", broken)
    found, out, err = gauntlet("catalog")
    assert (found, out) == (code, "")
    if code != 3 or isinstance(error, ProcessLost):
        assert "error" in err
    assert ("fault of Gauntlet itself" in err) == (not isinstance(error, GauntletError) and code == 4)


def test_messages_are_shown_as_they_are(gauntlet, monkeypatch):
    def broken(*_, **__):
        raise UsageError("[bold]x[/] {y} [claims.write]", hint="[z]")

    monkeypatch.setattr("gauntlet.commands.catalog.catalog_lines", broken)
    assert gauntlet("catalog")[2] == "error: [bold]x[/] {y} [claims.write]\nhint: [z]\n"


def test_a_reader_that_went_away_is_no_verdict():
    """As in `gauntlet catalog faults --json | true`, with more output than a pipe holds."""
    script = (
        "import gauntlet.commands.catalog as c, gauntlet.cli as cli, sys\n"
        "c.catalog_lines = lambda *_, **__: 'x' * 1_000_000\nsys.argv = ['gauntlet', 'catalog']\ncli.main()"
    )
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert done.returncode == 3
