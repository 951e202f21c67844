from __future__ import annotations

import sys

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform == "linux":
        return
    for item in items:
        if "robustness" in item.path.parts:
            item.add_marker(pytest.mark.skip(reason="finds what a run leaves behind through /proc: needs Linux"))
