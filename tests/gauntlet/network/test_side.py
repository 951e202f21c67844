"""One socket of a proxied connection, without a network."""

from types import SimpleNamespace
from typing import Any

from gauntlet.network.proxy import Side


def test_what_comes_before_the_other_side_is_there_is_kept() -> None:
    passed: list[bytes] = []
    side = Side(lambda _: None, lambda: None)
    side.data_received(b"GET ")  # as Python 3.11.2 does, although it was told not to read yet
    side.data_received(b"/")
    side.eof_received()
    link: Any = SimpleNamespace(feed=passed.append, end=lambda: passed.append(b"(end)"))
    side.outgoing = link
    side.begin()
    assert passed == [b"GET ", b"/", b"(end)"]
