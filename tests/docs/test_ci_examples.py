"""The shell steps of the examples for CI servers, run as scripts against the reference gateway."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gauntlet import places

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "ci"
OPTIONS = "--only AUT-07"


def github():
    job = yaml.safe_load((EXAMPLES / "github.yml").read_text())["jobs"]["gate"]
    return [step["run"] for step in job["steps"] if "run" in step], job["env"]


def gitlab():
    job = yaml.safe_load((EXAMPLES / "gitlab.yml").read_text())["gateway-gate"]
    return ["\n".join([*job["before_script"], *job["script"]]), "\n".join(job["after_script"])], job["variables"]


@pytest.fixture
def repository(tmp_path):
    """A vendor's repository: its target file, and programs in which installing is done already."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python").write_text('#!/bin/sh\n[ "$1 $2 $3" = "-m pip install" ]\n')
    (programs / "gauntlet").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gauntlet "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    shutil.copy(places.bundled("targets") / "reference.toml", tmp_path / "gateway.toml")
    return tmp_path


def carried_out(steps, variables, folder, **more):
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, **variables, "OPTIONS": OPTIONS, "PATH": path, **more}
    codes = []
    for step in steps:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        codes.append((done.returncode, done.stdout[-1500:] + done.stderr[-1500:]))
    return codes


def test_github_without_a_baseline_and_gitlab_with_one(repository):
    steps, variables = github()
    summary = repository / "summary.md"
    codes = carried_out(
        steps, variables, repository, GITHUB_STEP_SUMMARY=str(summary), GITHUB_EVENT_NAME="pull_request"
    )
    assert [code for code, _ in codes] == [0, 0, 0], codes
    assert "Gauntlet: Passed" in summary.read_text()
    shutil.copy(repository / "out" / "latest" / "results.json", repository / "gauntlet-baseline.json")

    steps, variables = gitlab()
    codes = carried_out(steps, variables, repository, CI_PIPELINE_SOURCE="merge_request_event")
    assert [code for code, _ in codes] == [0, 0], codes
    assert "gate open" in codes[0][1]
    assert (repository / "junit.xml").exists()
    assert (repository / "report.html").exists()
