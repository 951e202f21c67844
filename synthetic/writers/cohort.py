"""What writers take charts from."""

from __future__ import annotations

from typing import Protocol

from synthetic.chart import Chart
from synthetic.directory import Directory


class Cohort(Protocol):
    """A Population, or anything used like one."""

    def chart(self, index: int) -> Chart:
        """The chart of an index. Raises IndexError when there is none."""

    def directory(self) -> Directory:
        """What charts share."""
