import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from gauntlet.commands import generate as command
from gauntlet.commands.generate import FORMATS, Order, generate_charts
from gauntlet.errors import UsageError
from synthetic.edge_cases.catalogue import CASES

FOLDERS = ("transaction", "collection", "unity")
FILES = ("ndjson", "hl7v2")
NOTE = ".gauntlet-generate.json"


def run(destination, patients=3, layout="ndjson", seed=7, **more):
    generate_charts(destination, patients=patients, seed=seed, layout=layout, stderr=Console(stderr=True), **more)


def charts_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != NOTE}


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.name != NOTE]


def test_ndjson_is_one_resource_a_line_and_repeatable(tmp_path):
    run(tmp_path / "a.ndjson")
    run(tmp_path / "b.ndjson")
    lines = (tmp_path / "a.ndjson").read_bytes().splitlines()
    assert sum(json.loads(line)["resourceType"] == "Patient" for line in lines) == 3
    assert (tmp_path / "a.ndjson").read_bytes() == (tmp_path / "b.ndjson").read_bytes()
    run(tmp_path / "b.ndjson", seed=8)
    assert (tmp_path / "a.ndjson").read_bytes() != (tmp_path / "b.ndjson").read_bytes()


@pytest.mark.parametrize("layout", ["transaction", "collection"])
def test_one_bundle_a_chart(tmp_path, layout):
    run(tmp_path / "out", layout=layout)
    charts = charts_in(tmp_path / "out")
    assert len(charts) == 3
    assert {json.loads(data)["type"] for data in charts.values()} == {layout}


def test_hl7_messages_in_one_batch(tmp_path):
    run(tmp_path / "charts.hl7", layout="hl7v2")
    lines = (tmp_path / "charts.hl7").read_bytes().split(b"\r")
    assert lines[0].startswith(b"FHS|^~\\&|")
    assert sum(line.startswith(b"MSH|") for line in lines) > 10


def test_unity_answers_a_chart(tmp_path):
    run(tmp_path / "out", layout="unity")
    charts = [json.loads(data) for data in charts_in(tmp_path / "out").values()]
    assert sorted(answers[0]["getpatientinfo"][0]["DEM_EXTERNALID"] + ".json" for answers in charts) == sorted(
        charts_in(tmp_path / "out")
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"layout": "ndjsn"}, "unknown format 'ndjsn'; did you mean 'ndjson'"),
        ({"layout": "bundle"}, "unknown format 'bundle'"),
        ({"patients": 0}, "population size 0: must be from 1 to"),
        ({"patients": -3}, "population size -3: must be from 1 to"),
        ({"edge_cases": 1.5}, "share 1.5: must be from 0 to 1"),
        ({"edge_cases": float("nan")}, "nan"),
        ({"cases": ("leap-secnd",)}, "no edge case 'leap-secnd'; did you mean leap-second"),
        ({"cases": ("leap-second",), "edge_cases": 0.0}, "--case without any chart to carry it"),
    ],
)
def test_what_does_not_exist_writes_nothing(tmp_path, wrong, message):
    with pytest.raises(UsageError, match=message) as raised:
        run(tmp_path / "x", **wrong)
    assert raised.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", FORMATS)
def test_what_is_half_written_never_keeps_its_name(tmp_path, monkeypatch, layout):
    def full(chart, *_):
        if made.append(chart) or len(made) > 2:
            raise OSError(28, "No space left on device")
        return original(population, chart)

    made, original, population = [], command.Population.chart, command.Population(7, 3)
    monkeypatch.setattr(command.Population, "chart", lambda _, index: full(index))
    with pytest.raises(UsageError, match=r"cannot write .*: No space left on device"):
        run(tmp_path / "x", layout=layout)
    final = [path for path in files_in(tmp_path) if not path.name.startswith(".")]
    assert [path for path in final if path.suffix != ".json"] == []
    for path in final:
        json.loads(path.read_bytes())


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), -1))
from gauntlet.cli import main
sys.argv = ["gauntlet", "generate", *sys.argv[2:]]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a matter of POSIX")
@pytest.mark.parametrize("layout", ["ndjson", "transaction"])
def test_a_full_place_ends_with_2_and_one_message(tmp_path, layout):
    words = [str(tmp_path / "x"), "--patients", "30", "--format", layout]
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, "30000", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"error: cannot write {tmp_path / 'x'}: File too large\n"
        "hint: make room there and repeat the command, which goes on where it stopped, or choose another place\n"
    )
    final = [path for path in files_in(tmp_path) if not path.name.startswith(".")]
    assert all(path.stat().st_size < 30000 and json.loads(path.read_bytes()) for path in final)


@pytest.mark.parametrize("layout", FILES)
@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("/dev/null")], ids=["folder", "device"])
def test_a_file_does_not_take_the_place_of_something_else(tmp_path, layout, make):
    make(tmp_path / "x")
    with pytest.raises(UsageError, match="x is no file"):
        run(tmp_path / "x", layout=layout)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("layout", FOLDERS)
def test_a_folder_does_not_take_the_place_of_a_file(tmp_path, layout):
    (tmp_path / "x").write_text("precious")
    with pytest.raises(UsageError, match="x is a file"):
        run(tmp_path / "x", layout=layout)
    assert (tmp_path / "x").read_text() == "precious"


@pytest.mark.parametrize("layout", FOLDERS)
def test_a_folder_with_other_files_is_left_alone(tmp_path, layout):
    (tmp_path / "letter.txt").write_text("precious")
    with pytest.raises(UsageError, match="holds other files"):
        run(tmp_path, layout=layout)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("layout", FORMATS)
def test_a_place_below_a_file_cannot_be_written(tmp_path, layout):
    (tmp_path / "x").write_text("precious")
    with pytest.raises(UsageError, match=r"cannot write .*: Not a directory"):
        run(tmp_path / "x" / "y", layout=layout)


@pytest.mark.parametrize("layout", FOLDERS)
def test_an_interrupted_folder_is_completed_with_the_same_bytes(tmp_path, monkeypatch, layout):
    run(tmp_path / "whole", patients=6, layout=layout)
    original = command.Population.chart

    def impatient(self, index):
        if index == 4:
            raise KeyboardInterrupt
        return original(self, index)

    monkeypatch.setattr(command.Population, "chart", impatient)
    with pytest.raises(UsageError, match=r"interrupted; .* is not complete") as raised:
        run(tmp_path / "part", patients=6, layout=layout)
    monkeypatch.setattr(command.Population, "chart", original)
    assert raised.value.hint == "the same command goes on where it stopped"
    begun = {path: path.stat().st_mtime_ns for path in files_in(tmp_path / "part")}
    assert len(begun) == 4
    (tmp_path / "part" / ".x.json-1.part").write_text("left by a run that was killed")
    empty = next(iter(begun))
    empty.write_bytes(b"")
    run(tmp_path / "part", patients=6, layout=layout)
    assert charts_in(tmp_path / "part") == charts_in(tmp_path / "whole")
    kept = [path for path, written in begun.items() if path.stat().st_mtime_ns == written]
    assert sorted(kept) == sorted(set(begun) - {empty})


@pytest.mark.parametrize("layout", FILES)
def test_a_file_interrupted_at_once_leaves_nothing(tmp_path, monkeypatch, layout):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command.Population, "chart", interrupted)
    with pytest.raises(UsageError, match=r"interrupted; .* is not complete"):
        run(tmp_path / "x", layout=layout, edge_cases=0.5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("layout", FILES)
def test_an_interrupted_file_is_completed_with_the_same_bytes(tmp_path, monkeypatch, layout, stop):
    wanted = {"patients": 8, "layout": layout, "edge_cases": 0.5}
    run(tmp_path / "whole", **wanted)
    made, original = [], command.EdgePopulation.chart

    def impatient(self, index):
        made.append(index)
        if index == 5 and len(made) < 10:
            raise stop
        return original(self, index)

    monkeypatch.setattr(command.EdgePopulation, "chart", impatient)
    with pytest.raises(UsageError, match=r"is not complete|No space") as raised:
        run(tmp_path / "part", **wanted)
    assert "goes on where it stopped" in raised.value.hint
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == [
        "whole", "whole.truth.ndjson"
    ]  # fmt: skip
    made += [None] * 10
    run(tmp_path / "part", **wanted)
    assert made[-3:] == [5, 6, 7]
    assert 1 not in made[-6:]
    for name in ("", ".truth.ndjson"):
        assert (tmp_path / f"part{name}").read_bytes() == (tmp_path / f"whole{name}").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_another_order_does_not_go_on_from_an_interrupted_file(tmp_path, monkeypatch):
    original = command.Population.chart

    def impatient(self, index):
        if index == 2:
            raise KeyboardInterrupt
        return original(self, index)

    monkeypatch.setattr(command.Population, "chart", impatient)
    with pytest.raises(UsageError, match="interrupted"):
        run(tmp_path / "x", patients=4)
    monkeypatch.setattr(command.Population, "chart", original)
    run(tmp_path / "x", patients=4, seed=8)
    run(tmp_path / "y", patients=4, seed=8)
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are a matter of POSIX")
def test_a_signal_in_the_middle_ends_with_2(tmp_path):
    words = ["-m", "gauntlet", "generate", str(tmp_path / "x"), "--patients", "1000000", "--format", "collection"]
    with subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 30
        while not list(tmp_path.glob("x/e*.json")) and time.monotonic() < until:
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 2
    assert told.startswith("error: interrupted; ")
    assert "Traceback" not in told
    assert all(json.loads(path.read_bytes()) for path in files_in(tmp_path))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"seed": 8}, "seed 7 in place of 8"),
        ({"patients": 4}, "patients 3 in place of 4"),
        ({"layout": "collection"}, "format transaction in place of collection"),
        ({"edge_cases": 0.5}, "edge_cases 0.0 in place of 0.5"),
        ({"edge_cases": 1.0, "cases": ("leap-second",)}, "cases"),
    ],
)
def test_a_folder_is_not_completed_with_other_charts(tmp_path, other, message):
    run(tmp_path / "x", layout="transaction")
    before = charts_in(tmp_path / "x")
    with pytest.raises(UsageError, match=f"x holds other charts: .*{message}"):
        run(tmp_path / "x", **{"layout": "transaction", **other})
    assert charts_in(tmp_path / "x") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda note: json.dumps(json.loads(note) | {"first_chart": "0"}), "those of another version of Gauntlet"),
        (lambda note: note[:20], "cannot be read"),
        (lambda _: "[1, 2]", "cannot be read"),
        (lambda _: "", "cannot be read"),
    ],
)
def test_a_folder_of_another_version_or_with_a_broken_note(tmp_path, change, message):
    run(tmp_path / "x", layout="transaction")
    note = tmp_path / "x" / NOTE
    note.write_text(change(note.read_text()))
    with pytest.raises(UsageError, match=message):
        run(tmp_path / "x", layout="transaction")


@pytest.mark.parametrize("layout", FORMATS)
def test_the_truth_about_edge_cases_lies_beside(tmp_path, layout):
    name = f"charts.{layout}" if layout in FILES else "charts"
    run(tmp_path / name, patients=20, layout=layout, edge_cases=0.25)
    truth = [json.loads(line) for line in (tmp_path / "charts.truth.ndjson").read_bytes().splitlines()]
    carriers = {row["chart"] for row in truth}
    assert 4 <= len(carriers) <= 6
    assert {row["case"] for row in truth} <= set(CASES)
    assert {row["family"] for row in truth} == {"valid-but-nasty", "invalid"}
    lossless = not any(row["not_carried"] for row in truth)
    assert lossless == (layout not in ("hl7v2", "unity"))


@pytest.mark.parametrize("layout", ["ndjson", "hl7v2", "unity"])  # bundles carry the same bytes as ndjson
def test_every_case_can_be_written(tmp_path, layout):
    names = tuple(case.name for case in CASES.values() if not case.by_name_only)
    run(tmp_path / "x", patients=len(names), layout=layout, cases=names)
    truth = [json.loads(line) for line in (tmp_path / "x.truth.ndjson").read_bytes().splitlines()]
    assert {row["case"] for row in truth} == set(names)


def test_only_the_cases_that_were_named(tmp_path):
    run(tmp_path / "charts.ndjson", patients=6, cases=("leap-second", "titer"))
    truth = [json.loads(line) for line in (tmp_path / "charts.truth.ndjson").read_bytes().splitlines()]
    assert {row["chart"] for row in truth} == set(range(6))
    assert {row["case"] for row in truth} == {"leap-second", "titer"}


def test_charts_without_a_case_are_as_in_a_clean_cohort(tmp_path):
    run(tmp_path / "clean", patients=20, layout="collection")
    run(tmp_path / "cases", patients=20, layout="collection", edge_cases=0.25)
    clean, cases = charts_in(tmp_path / "clean"), charts_in(tmp_path / "cases")
    assert set(clean) == set(cases)
    assert sum(clean[name] != cases[name] for name in clean) in range(4, 7)


def test_progress_is_for_terminals(tmp_path, capsys):
    for terminal in (True, False):
        console = Console(stderr=True, force_terminal=terminal)
        generate_charts(tmp_path / "x", patients=3, seed=7, layout="ndjson", stderr=console)
        told = capsys.readouterr().err
        assert ("/3" in told) == terminal
        assert f"wrote 3 charts to {tmp_path / 'x'}" in told


def test_orders_are_values():
    assert Order("ndjson", 7, 3) == Order("ndjson", 7, 3)
    with pytest.raises(UsageError):
        Order("NDJSON", 7, 3)
