"""Lines for people, as they are: no markup in what a gateway said, no colours in numbers, no breaks in paths."""

from __future__ import annotations

from rich.console import Console


def say(console: Console, text: str) -> None:
    """Print `text`, whatever is in it, as one line that the terminal wraps."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
