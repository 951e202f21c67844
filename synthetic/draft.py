"""A resource as it is rendered: pieces of text, which become bytes when somebody wants them.

A chart as NDJSON needs no resource for itself: the pieces of all are joined and encoded once, so what is written is
written twice, not four times. Every character of a piece stands for one byte (`octets`), for one letter beyond them
makes the whole text wide, and slow to join and to encode. Our own tables are ASCII; names are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from synthetic.json_template import Pieces
from synthetic.resource import Resource

Draft = tuple[str, str, Pieces]  # type, id, JSON and the end of its line


def octets(text: str) -> str:
    """A text as it stands in drafts: a character for each byte of its UTF-8."""
    return text if text.isascii() else text.encode().decode("latin-1")


def filed(draft: Draft) -> Resource:
    """The resource of a draft."""
    resource_type, resource_id, pieces = draft
    return Resource(resource_type, resource_id, "".join(pieces)[:-1].encode("latin-1"))


def lines(drafts: Iterable[Draft]) -> bytes:
    """The JSON of drafts, each on its own line, the last line ended too."""
    return "".join(chain.from_iterable([pieces for _, _, pieces in drafts])).encode("latin-1")
