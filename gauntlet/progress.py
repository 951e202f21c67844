"""Progress on standard error while checks run: a live line on a terminal, one plain line a check elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from gauntlet.console import say
from gauntlet.load_view import headline, load_view

_STYLE = {
    "pass": "green",
    "fail": "bold red",
    "warn": "yellow",
    "not-claimed": "dim",
    "waived": "yellow",
    "inconclusive": "magenta",
    "error": "bold magenta",
}


class _Bar(Progress):
    """A progress bar with something below it."""

    below: RenderableType | None = None

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar, and what is below it."""
        yield from super().get_renderables()
        if self.below is not None:
            yield self.below


class CheckProgress:
    """Shows the events of a run; use as a context manager around it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = console.is_terminal
        self._counts: Counter[str] = Counter()
        self._total = 0
        self._bar = _Bar(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._task: TaskID = self._bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Show one event."""
        match event["event"]:
            case "progress":
                self._say(event["text"])
            case "collected":
                self._total = len(event["checks"])
                self._bar.update(self._task, total=self._total)
            case "lab":
                number = event.get("number", 0)
                self._say(f"lab{f' {number + 1}' if number else ''} is up; gateway at {event['base_url']}")
            case "started":
                self._bar.update(self._task, description=event["check"])
            case "load-progress" if self._live:
                self._bar.below = load_view(event)
                self._bar.update(self._task, description=headline(event))
            case "finished":
                self._bar.below = None
                self._finished(event["result"])

    def _say(self, text: str) -> None:
        if self._live:
            self._bar.update(self._task, description=text)
        else:
            self._console.print(text, highlight=False, soft_wrap=True)

    def _finished(self, result: Mapping[str, Any]) -> None:
        self._counts[result["verdict"]] += 1
        self._bar.advance(self._task)
        if self._live and result["verdict"] in ("pass", "not-claimed"):
            return
        number = sum(self._counts.values())
        verdict = f"[{_STYLE[result['verdict']]}]{result['verdict']:<12}[/]"
        self._console.print(
            f"{number:>3}/{self._total} {verdict} {result['requirement']} ",
            end="",
            highlight=False,
            soft_wrap=True,
        )
        say(self._console, result["check"])
