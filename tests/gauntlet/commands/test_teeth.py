import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from gauntlet.cli import app
from gauntlet.commands import teeth as command
from gauntlet.errors import UsageError
from gauntlet.teeth import Bite, Matrix
from gauntlet.teeth_file import read_matrix, write_matrix
from gauntlet.verdict import Outcome, Verdict


def part(defect, verdict=Verdict.FAIL, besides=0, others="all"):
    bites = [Bite(defect, f"b::{number}", Verdict.FAIL, "", expected=False) for number in range(besides)]
    return Matrix((Bite(defect, "a::named", verdict, "why", expected=True), *bites), Outcome.CONFORMANT, (), others)


def joined(tmp_path, *parts):
    files = [tmp_path / f"{number}.json" for number in range(len(parts))]
    for file, matrix in zip(files, parts, strict=True):
        write_matrix(matrix, file)
    words = [word for file in files for word in ("--join", str(file))]
    return CliRunner().invoke(app, ["teeth", *words, "--out", str(tmp_path / "out")])


@pytest.mark.parametrize(
    ("parts", "code", "said"),
    [
        ((part("lax", besides=2), part("deaf", besides=2)), 0, "2 of 2 defects are caught"),
        ((part("lax", besides=3), part("deaf", besides=3)), 1, "without naming the defect: median 3, allowed 2"),
        ((part("lax"), part("deaf", Verdict.PASS)), 1, "toothless: a::named on deaf: pass why"),
    ],
)
def test_parts_are_joined_and_judged(tmp_path, parts, code, said):
    done = joined(tmp_path, *parts)
    assert done.exit_code == code
    assert said in done.output
    assert "not tried: " in done.output  # of the defects that there are
    (folder,) = (tmp_path / "out").glob("2*")
    assert read_matrix(folder / "matrix.json").defects == {"lax", "deaf"}
    assert "## Not tried" in (folder / "matrix.md").read_text()


def test_what_does_not_fit_is_refused(tmp_path):
    assert isinstance(joined(tmp_path, part("lax"), part("lax")).exception, UsageError)
    both = CliRunner().invoke(app, ["teeth", "--all", "--quick"])
    assert "two selections" in str(both.exception)


def test_who_stops_it_keeps_what_was_found(tmp_path, monkeypatch):
    def run_teeth(plan, _request, *, others, report, **_):
        report(next(iter(plan)), part(next(iter(plan)), others=others.name))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_teeth", run_teeth)
    with pytest.raises(KeyboardInterrupt):
        command.show_teeth(command.Wanted(quick=True, out=tmp_path), Console(stderr=True))
    (folder,) = tmp_path.glob("2*")
    kept = json.loads((folder / "matrix.json").read_bytes())
    assert (kept["others"], len(kept["bites"])) == ("quick", 1)
