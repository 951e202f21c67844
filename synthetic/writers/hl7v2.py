"""HL7 v2.5.1 messages that tell what a chart holds, as the interfaces of a hospital would have told it over time.

Instants carry the hospital's offset, MSH-11 is T (training: none of this is production data), MSH-18 says UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import BinaryIO, NamedTuple

from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.instants import NOW
from synthetic.writers.cohort import Cohort
from synthetic.writers.hl7v2_admission import admissions
from synthetic.writers.hl7v2_encoding import Field, Segment, encoded_segment
from synthetic.writers.hl7v2_event import Event
from synthetic.writers.hl7v2_results import results
from synthetic.writers.hl7v2_scheduling import bookings
from synthetic.writers.hl7v2_values import FACILITY, stamp
from synthetic.writers.record import record_of

_START_BLOCK, _END_BLOCK, _CARRIAGE_RETURN = b"\x0b", b"\x1c", b"\r"
_SENDER, _RECEIVER = ("GAUNTLET",), ("GATEWAY",)


class Message(NamedTuple):
    """One message. `time` is when it happened, in seconds since 1970; `data` is UTF-8, each segment ended by CR."""

    event: str  # ADT^A01
    time: int
    control_id: str
    data: bytes


def messages(chart: Chart, directory: Directory) -> tuple[Message, ...]:
    """The messages of a chart in order of their time: ADT, SIU and ORU.

    For charts whose resources are valid R4 one by one (an empty one has no messages);
    `synthetic.writers.hl7v2_coverage` says which of their elements no message carries.

    Control ids (MSH-10, 20 characters) are made of the chart's index, the number of the message and a hash of the
    patient's id: unique within a population by construction, and they tell nobody who it is.
    """
    if not chart.resources:
        return ()
    record = record_of(chart, directory)
    events = sorted((*admissions(record), *bookings(record), *results(record)), key=attrgetter("time", "rank"))
    return tuple(_message(chart, number, event) for number, event in enumerate(events))


def framed(message: bytes) -> bytes:
    """A message as MLLP sends it: 0x0B, the message, 0x1C 0x0D."""
    return _START_BLOCK + message + _END_BLOCK + _CARRIAGE_RETURN


def write_batch(population: Cohort, indices: Iterable[int], out: BinaryIO) -> int:
    """Write the messages of these charts as one batch file (FHS BHS ... BTS FTS, HL7 v2.5.1 2.10.3).

    Chart after chart, each in order of time. Returns the number of messages. Raises IndexError for an index out of
    range.
    """
    directory, count = population.directory(), 0
    out.write(batch_head())
    for index in indices:
        written = messages(population.chart(index), directory)
        out.write(b"".join([message.data for message in written]))
        count += len(written)
    out.write(batch_end(count))
    return count


def batch_head() -> bytes:
    """What a batch file begins with: FHS and BHS."""
    head: dict[int, Field] = {3: _SENDER, 4: (FACILITY,), 5: _RECEIVER, 6: (FACILITY,), 7: stamp(NOW)}
    return _encoded([("FHS", head), ("BHS", head)])


def batch_end(count: int) -> bytes:
    """What a batch file of so many messages ends with: BTS and FTS."""
    return _encoded([("BTS", {1: str(count)}), ("FTS", {1: "1"})])


def _message(chart: Chart, number: int, event: Event) -> Message:
    mark = blake2b(chart.id.encode(), digest_size=4).hexdigest()
    control_id = f"{chart.index:07x}{number:05x}{mark}"
    header: Segment = (
        "MSH",
        {
            3: _SENDER,
            4: (FACILITY,),
            5: _RECEIVER,
            6: (FACILITY,),
            7: stamp(event.time),
            9: tuple(event.kind.split("^")),
            10: control_id,
            11: "T",
            12: "2.5.1",
            18: "UNICODE UTF-8",
        },
    )
    kind = event.kind.rpartition("^")[0]
    return Message(kind, event.time, control_id, _encoded([header, *event.segments]))


def _encoded(segments: Sequence[Segment]) -> bytes:
    return "".join([f"{encoded_segment(segment)}\r" for segment in segments]).encode()
