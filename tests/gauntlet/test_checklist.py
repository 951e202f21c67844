"""The list of checks is whole or there is none."""

import pytest

from gauntlet.checklist import listed
from gauntlet.errors import HarnessError

COLLECTED = {"event": "collected", "checks": [{"check": "a.py::test_b"}]}


def test_a_whole_list():
    assert listed([{"event": "started"}, COLLECTED], 0, "") == ({"check": "a.py::test_b"},)


def test_a_file_that_cannot_be_imported_is_no_shorter_list():
    with pytest.raises(HarnessError, match=r"exit status 2\nERROR a\.py: no module named x"):
        listed([COLLECTED], 2, "ERROR a.py: no module named x")


def test_nothing_was_collected():
    with pytest.raises(HarnessError, match="cannot be listed"):
        listed([], 0, "")


def test_a_broken_suite_says_why():
    broken = {"event": "broken-suite", "message": "unknown requirement", "hint": "did you mean CON-01?"}
    with pytest.raises(HarnessError, match=r"unknown requirement\nhint: did you mean CON-01\?"):
        listed([broken], 4, "")
