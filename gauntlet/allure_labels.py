"""Labels for Allure results, where allure-pytest is installed; without it nothing happens."""

from __future__ import annotations

import sys
from pathlib import Path

from gauntlet.check import Check

# Matched by Allure against the message of a broken test: our own trouble is told apart from the gateway's.
CATEGORIES = """[
  {"name": "The gateway does not conform", "matchedStatuses": ["failed"]},
  {"name": "Could not be judged", "matchedStatuses": ["broken"], "messageRegex": ".*Inconclusive.*"},
  {"name": "Error of the harness", "matchedStatuses": ["broken"]},
  {"name": "Not claimed", "matchedStatuses": ["skipped"]}
]
"""


def label(check: Check, family: str) -> None:
    """Label the test that runs now: family as epic, requirement as feature, level as severity."""
    if "allure_pytest.plugin" not in sys.modules:
        return
    from allure import dynamic, severity_level  # noqa: PLC0415 - an extra; only loaded when its plugin is

    requirement = check.requirement
    dynamic.epic(family)
    dynamic.feature(requirement.id)
    dynamic.story(requirement.text)
    dynamic.title(f"{requirement.id} {check.title}")
    dynamic.description(check.description)
    dynamic.severity(severity_level.CRITICAL if requirement.level == "MUST" else severity_level.NORMAL)
    dynamic.label("requirement", requirement.id)
    dynamic.label("check", check.id)


def write_environment(folder: Path, facts: dict[str, str]) -> None:
    """Write environment.properties and categories.json beside the results, if there are any."""
    if folder.is_dir():
        lines = [f"{name}={value}" for name, value in facts.items()]
        (folder / "environment.properties").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "categories.json").write_text(CATEGORIES, encoding="utf-8")
