"""The journal: every exchange on the data side, newest kept, read by the control API.

Secrets never get in: Authorization is replaced by the token's digest and client assertions by their decoded
claims. An exchange that ended is kept as a few hundred bytes, and headers that many have in common once: a
million of them take less than 1 GB, and the garbage collector has nothing to look at.
"""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from mock_ehr.entry import HIDDEN, Entry, pack, pack_heads, unpack, visible_headers
from mock_ehr.facts import Facts
from mock_ehr.journal_entries import SEVERAL, Entries, Pattern, about, places
from mock_ehr.message import Answer, Pairs, Request

__all__ = ["HIDDEN", "KEPT_BODY", "Entries", "Entry", "Journal"]

KEPT_ENTRIES = 1_000_000
KEPT_BYTES = 800 * 1024 * 1024  # of all entries, bodies not counted
KEPT_BODY = 4096  # bytes of a response body that an entry keeps
KEPT_BODIES = 64 * 1024 * 1024  # bytes of bodies over all entries; older entries lose theirs first
ROW_BYTES = 146  # what a row takes beside its own bytes
SHARED_HEADS = 4096  # sets of headers among which the same ones are looked for
LAST_HEADS = 256  # headers of connections whose packed form is at hand
OBJECT_BYTES = 4000  # what an exchange takes that cannot be packed
GAP = 32_768  # rows that are dropped before their places are given back


class Journal:
    """Bounded list of exchanges in the order of their arrival."""

    def __init__(
        self,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        keep: int = KEPT_ENTRIES,
        keep_bodies: int = KEPT_BODIES,
        keep_bytes: int = KEPT_BYTES,
    ) -> None:
        self.now = now
        self.monotonic = monotonic
        self._keep, self._keep_bodies, self._keep_bytes = keep, keep_bodies, keep_bytes
        self._seq = 0
        self._shared: dict[bytes, bytes] = {}
        self._last_heads: dict[int, tuple[dict[str, str], Pairs, dict[str, str], bytes]] = {}  # by identity
        self._kind_numbers: dict[str, int] = {}
        self._clear()

    def _clear(self) -> None:
        self._rows: list[Entry | bytes] = []  # row n is the exchange number `_base` + n; an Entry while it is open
        self._heads: list[bytes] = []
        self._kinds = bytearray()
        self._about = array("q")  # hash of the patient, or one of the two numbers above
        self._costs = array("L")
        self._started = array("d")  # epoch seconds, real clock
        self._durations = array("d")  # milliseconds; 0 while it is open
        self._base = self._seq + 1
        self._start = 0  # rows before this one are dropped
        self._bytes = self._body_bytes = 0
        self._open: dict[int, Entry] = {}
        self._bodies: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        self._counts: dict[tuple[str, str, int | None], int] = {}  # interaction, outcome, status
        self.dropped = 0

    # -- writing --

    def open(self, request: Request, facts: Facts) -> Entry:
        """Note that `request` arrived."""
        self._seq = seq = self._seq + 1
        started = self.now()
        entry = Entry(seq, facts, request, started, self.monotonic())
        entry.patients = facts.patients
        entry.token = facts.token
        if request.body:
            entry.request_body = request.body[:KEPT_BODY]
        self._open[seq] = entry
        self._rows.append(entry)
        self._heads.append(b"")
        self._costs.append(ROW_BYTES)
        self._started.append(started)
        self._durations.append(0.0)
        self._kinds.append(self._kind_numbers.get(facts.kind) or self._new_kind(facts.kind))
        self._about.append(about(facts.patients))
        self._bytes += ROW_BYTES
        if self._bytes > self._keep_bytes or len(self._rows) - self._start > self._keep:
            self._drop_oldest()
        return entry

    def _new_kind(self, kind: str) -> int:
        number = self._kind_numbers[kind] = len(self._kind_numbers) + 1
        return number

    def close(self, entry: Entry, answer: Answer | None, sent: int, outcome: str) -> None:
        """Note how the exchange ended: the answer as it left (None: nothing did), `sent` bytes of body."""
        entry.outcome = outcome
        entry.duration_ms = (self.monotonic() - entry.started_mono) * 1000
        if answer is not None and outcome != "aborted":
            entry.status = answer.status
            entry.response_headers = answer.all_headers()
            entry.response_bytes = sent
            entry.response_body = answer.body[: min(sent, KEPT_BODY)]
        request = entry.request
        request.body = b""
        request.headers, heads = self._pack_heads(request.headers, entry.response_headers)
        row = entry.seq - self._base
        if row >= self._start and self._open.pop(entry.seq, None) is not None:
            counted = (entry.facts.interaction, outcome, entry.status)
            self._counts[counted] = self._counts.get(counted, 0) + 1
            self._settle(row, entry, heads)

    def _pack_heads(self, headers: dict[str, str], response_headers: Pairs) -> tuple[dict[str, str], bytes]:
        """Return the request's headers without credentials, and the headers of both messages as bytes.

        Requests of one connection share their headers, so those of the last ones are looked for among them first.
        """
        last = self._last_heads.get(id(headers))
        if last is not None and last[0] is headers and last[1] == response_headers:
            return last[2], last[3]
        visible = visible_headers(headers)
        packed = pack_heads(visible, response_headers)
        if len(self._last_heads) >= LAST_HEADS:
            self._last_heads.clear()
        self._last_heads[id(headers)] = (headers, response_headers, visible, packed)
        return visible, packed

    def _settle(self, row: int, entry: Entry, heads: bytes) -> None:
        """Keep an exchange that ended in as few bytes as can be."""
        if entry.patients is not entry.facts.patients:
            self._about[row] = about(entry.patients)
        self._durations[row] = entry.duration_ms or 0.0
        try:
            packed = pack(entry)
        except ValueError:  # it holds an object that has no such form: kept as it is
            self._grow(row, OBJECT_BYTES)
            return
        if entry.request_body or entry.response_body:
            self._keep_body(entry.seq, entry.request_body, entry.response_body)
        known = self._shared.get(heads)
        if known is None:
            if len(self._shared) >= SHARED_HEADS:
                self._shared.clear()
            self._shared[heads] = known = heads
            self._grow(row, len(heads))
        self._rows[row] = packed
        self._heads[row] = known
        self._grow(row, len(packed))

    def pattern(self, entry: Entry) -> Pattern | None:
        """Return what `repeat` needs to note an exchange like this one, which has just ended; None when it cannot."""
        row = entry.seq - self._base
        packed = self._rows[row]
        if isinstance(packed, Entry) or entry.request_body:
            return None
        counted = (entry.facts.interaction, entry.outcome, entry.status)
        heads, kind, about_ = self._heads[row], self._kinds[row], self._about[row]
        return Pattern(packed, heads, kind, about_, counted, entry.response_body)

    def repeat(self, pattern: Pattern, started: float, started_mono: float, body: bytes) -> None:
        """Note an exchange that is like another one but for its times and, as far as it is kept, the body."""
        self._seq = seq = self._seq + 1
        self._rows.append(pattern.packed)
        self._heads.append(pattern.heads)
        self._costs.append(ROW_BYTES)
        self._started.append(started)
        self._durations.append((self.monotonic() - started_mono) * 1000)
        self._kinds.append(pattern.kind)
        self._about.append(pattern.about)
        self._counts[pattern.counted] = self._counts.get(pattern.counted, 0) + 1
        if body:
            self._keep_body(seq, b"", body)
        self._bytes += ROW_BYTES
        if self._bytes > self._keep_bytes or len(self._rows) - self._start > self._keep:
            self._drop_oldest()

    def _grow(self, row: int, size: int) -> None:
        self._costs[row] += size
        self._bytes += size

    def _keep_body(self, seq: int, asked: bytes, answered: bytes) -> None:
        self._bodies[seq] = (asked, answered)
        self._body_bytes += len(asked) + len(answered)
        while self._body_bytes > self._keep_bodies:
            self._forget_bodies(next(iter(self._bodies)))

    def _forget_bodies(self, seq: int) -> None:
        bodies = self._bodies.pop(seq, None)
        if bodies is not None:
            self._body_bytes -= len(bodies[0]) + len(bodies[1])

    def _drop_oldest(self) -> None:
        row, seq = self._start, self._base + self._start
        self._bytes -= self._costs[row]
        self._rows[row] = self._heads[row] = b""
        self._open.pop(seq, None)
        self._forget_bodies(seq)
        self.dropped += 1
        self._start += 1
        if self._start == GAP:
            for rows in (
                self._rows, self._heads, self._kinds, self._about, self._costs, self._started, self._durations,
            ):  # fmt: skip
                del rows[:GAP]
            self._base += GAP
            self._start = 0

    def reset(self) -> None:
        """Forget every entry. Sequence numbers go on, so none is ever used twice."""
        self._clear()

    # -- reading --

    def since(self, seq: int, patient: str = "", kind: str = "", limit: int | None = None) -> tuple[Entries, int]:
        """Return the entries after `seq` that fit the filters, and the `next` to ask with.

        `next` never passes an entry that is still open, so an open entry comes again once it ended: key
        entries by `seq`.
        """
        numbers = self._numbers(max(seq + 1, self._base + self._start), patient, kind)
        last = max(seq, self._seq)
        if limit is None:
            found: Sequence[int] = numbers if isinstance(numbers, range) else list(numbers)
        else:
            found = list(islice(numbers, limit + 1))
            if len(found) > limit:
                found = found[:limit]
                last = found[-1] if found else seq
        entries = Entries(self, found)
        still_open = next((number for number in self._open if entries.holds(number)), None)
        return entries, last if still_open is None else still_open - 1

    def _numbers(self, first: int, patient: str, kind: str) -> Iterable[int]:
        """Return the numbers of the entries from `first` on that fit, in order."""
        base = self._base
        if patient:
            likely = sorted(
                base + row
                for number in (about((patient,)), SEVERAL)
                for row in places(self._about.index, number, first - base)
            )
            numbers: Iterable[int] = (number for number in likely if patient in self.entry(number).patients)
            return (number for number in numbers if kind in ("", self.entry(number).facts.kind))
        if kind:
            known = self._kind_numbers.get(kind)
            rows = () if known is None else places(self._kinds.index, known, first - base)
            return (base + row for row in rows)
        return range(first, self._seq + 1)

    def holds(self, seq: int) -> bool:
        """Return whether the entry is still kept."""
        return self._base + self._start <= seq <= self._seq

    def entry(self, seq: int) -> Entry:
        """Return the entry with this number. Raises IndexError for one that is not kept any more."""
        if not self.holds(seq):
            raise IndexError(f"the journal holds {self._base + self._start} to {self._seq}, not {seq}")
        row = seq - self._base
        packed = self._rows[row]
        if isinstance(packed, Entry):
            return packed
        entry = unpack(packed, self._heads[row], seq, self._started[row], self._durations[row])
        bodies = self._bodies.get(seq)
        if bodies is not None:
            entry.request_body, entry.response_body = bodies
            entry.bodies_kept = True
        return entry

    def counters(self) -> dict[str, Any]:
        """Return counts since the last reset, also of entries that were dropped from the journal."""
        counts: Counter[str] = Counter(entry.facts.interaction for entry in self._open.values())
        for (interaction, outcome, status), number in self._counts.items():
            for name in (interaction, outcome, *([str(status)] if status else [])):
                counts[name] += number
        kept = len(self._rows) - self._start
        return {
            "exchanges": dict(sorted(counts.items())),
            "total": sum(self._counts.values()) + len(self._open),
            "open": len(self._open),  # not answered yet
            "journal": kept,
            "journal_dropped": self.dropped,
        }
