from __future__ import annotations

import json
from pathlib import Path

import pytest

from gauntlet.load.user_code import CodeError, Visit, WrongPatientSeen, function_of, resolved

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def visit() -> Visit:
    return Visit("http://127.0.0.1:1/fhir", "header", "nurse", {"patient": "p1"}, {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text("raise RuntimeError('run')\n\ndef open_chart(visit): ...\n\nasync def later(visit): ...\n")
    return path


def test_a_function_is_found_without_running_its_file(file: Path) -> None:
    assert resolved(f"{file}:open_chart") == f"{file}:open_chart"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{file}", "names no function"),
        ("{file}:open-chart", "names no function"),
        ("{file}:open_chat", "no function 'open_chat'; did you mean 'open_chart'?"),
        ("{file}:later", "functions in it: open_chart; an async one cannot be called"),
        ("{file}.txt:open_chart", "cannot be read"),
    ],
)
def test_what_cannot_be_called_is_refused_at_once(file: Path, text: str, said: str) -> None:
    with pytest.raises(CodeError) as caught:
        resolved(text.format(file=file))
    assert said in str(caught.value)


def test_what_is_no_python_is_refused(file: Path) -> None:
    file.write_text("def open_chart(:")
    with pytest.raises(CodeError, match="is not Python"):
        resolved(f"{file}:open_chart")


def test_a_file_that_fails_says_how(file: Path) -> None:
    with pytest.raises(CodeError, match="cannot be imported: RuntimeError: run"):
        function_of(f"{file}:open_chart")


def test_the_example_can_be_called() -> None:
    assert function_of(resolved(f"{ROOT}/docs/examples/open_chart.py:open_chart")).__name__ == "open_chart"


def bundle(patient: str) -> bytes:
    resource = {"resourceType": "Condition", "subject": {"reference": f"Patient/{patient}"}}
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource}]}).encode()


def test_another_patient_s_data_is_seen(visit: Visit) -> None:
    visit.saw(bundle("p1"))
    visit.saw(b"<html>")
    visit.saw(b"[]")
    with pytest.raises(WrongPatientSeen):
        visit.saw(bundle("p2"))
