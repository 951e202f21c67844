"""A suite of a test's own, run by the real runner and the real plug-in in a lab without processes."""

from __future__ import annotations

import textwrap
from pathlib import Path

from gauntlet import places, runner
from gauntlet.assembly import Circumstances, assemble
from gauntlet.own_checks import catalogue_for
from gauntlet.plan import Plan
from gauntlet.runner import run_checks
from gauntlet.target import read_target
from tests.gauntlet.samples import ROWS, STARTED

TARGET = """
[gateway]
name = "G"
base_url = "http://127.0.0.1:{gateway.port}/fhir"
[gateway.launch]
command = ["x"]
ready = "{gateway.root}/"
side_by_side = true
[[ehr]]
vendor = "epic"
[claims.load]
"""
HEAD = "import os, signal\nimport pytest\nfrom gauntlet.errors import *\n"
ALL = """
def {name}({fixtures}):
    '''Does it'''
{body}
"""


def check(requirement, name, body, fixtures="measured", marks=""):
    """The source of a check of `requirement`."""
    text = ALL.format(
        name=f"test_{name}", fixtures=fixtures, body=textwrap.indent(textwrap.dedent(body).strip(), "    ")
    )
    return f'{marks}\n@pytest.mark.requirement("{requirement}", tripped_by=["some-defect"]){text}'


PASS = "measured['x'] = 1.0"


class Harness:
    """Runs checks of a test's own through the real runner and the real plug-in."""

    def __init__(self, folder, monkeypatch):
        self.suites = folder / "suites"
        self.run_dir = folder / "run"
        for item in (self.suites, self.run_dir):
            item.mkdir()
        (self.suites / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
        (self.suites / "requirements.toml").write_text(requirements())
        self.target = folder / "t.toml"
        self.target.write_text(TARGET)
        bundled, real = places.bundled, runner.command
        monkeypatch.setattr(places, "bundled", lambda name: self.suites if name == "suites" else bundled(name))
        monkeypatch.setattr(runner, "command", lambda plan, file, number: self.command(real(plan, file, number)))

    def command(self, words):
        assert words[1:4] == ["-P", "-m", "pytest"]
        rest = words[4:]
        if "allure_pytest.plugin" in rest:  # takes time and is not what is tested here
            place = rest.index("allure_pytest.plugin")
            del rest[place - 1 : place + 2]
        return [words[0], "-P", str(Path(__file__).with_name("fake_lab.py")), str(self.suites), *rest]

    def plan(self, only=(), labs=1):
        return Plan(target=str(self.target), run_dir=str(self.run_dir), seed=7, only=only, labs=labs)

    def run(self, *checks, only=(), labs=1, listener=lambda _: None):
        (self.suites / "test_it.py").write_text(HEAD + "\n".join(checks))
        return run_checks(self.plan(only, labs), listener)

    def result(self, *checks, only=(), labs=1):
        record, crash = self.run(*checks, only=only, labs=labs)
        catalogue = catalogue_for(read_target(self.target, {}))
        facts = Circumstances("r", STARTED, 1.0, "1", 7, "c", crash=crash)
        return assemble(record, read_target(self.target, {}), catalogue, facts)

    def verdicts(self, *checks):
        return {
            item.check.removeprefix("test_it.py::test_"): item.verdict.value for item in self.result(*checks).checks
        }

    @property
    def lab_closed(self):
        return (self.run_dir / "lab-closed").exists()


def requirements():
    rows = [
        f'[[requirement]]\nid = "{row}"\nlevel = "{level}"\nfeature = "{feature}"\n'
        'text = "t"\njudged_from = ["C"]\nsource = "s"\n'
        for row, (level, feature) in ROWS.items()
    ]
    return (
        '[families]\nCON = "c"\nIDE = "i"\nLOD = "l"\n[features]\ncore = "c"\nwrite = "w"\nload = "l"\n'
        '[profiles]\nread-only = ["core"]\n' + "\n".join(rows)
    )
