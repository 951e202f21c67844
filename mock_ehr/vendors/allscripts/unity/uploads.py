"""Documents on their way in: SaveDocumentImage sends chunks under one GUID, then says that it is done (U1 U3)."""

from __future__ import annotations

from collections import OrderedDict

MAX_UPLOADS = 1000
MAX_BYTES = 20 * 1024 * 1024


class Uploads:
    """Chunks by GUID; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._chunks: OrderedDict[str, list[bytes]] = OrderedDict()

    def add(self, guid: str, chunk: bytes) -> bool:
        """Keep one more chunk; False when the document has become too large."""
        chunks = self._chunks.setdefault(guid, [])
        if sum(map(len, chunks)) + len(chunk) > MAX_BYTES:
            return False
        chunks.append(chunk)
        if len(self._chunks) > MAX_UPLOADS:
            self._chunks.popitem(last=False)
        return True

    def known(self, guid: str) -> bool:
        """Return whether an upload with this GUID is under way."""
        return guid in self._chunks

    def take(self, guid: str) -> bytes:
        """Return the whole document and forget it."""
        return b"".join(self._chunks.pop(guid))

    def clear(self) -> None:
        """Forget everything."""
        self._chunks.clear()
