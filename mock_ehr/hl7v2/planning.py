"""Which messages of the population a feed sends, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter

from mock_ehr.hl7v2.sending import Outgoing
from synthetic.population import Population
from synthetic.writers.hl7v2 import Message, messages

EVENTS = (
    "ADT^A01", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A40",
    "SIU^S12", "SIU^S15", "SIU^S26", "ORU^R01",
)  # fmt: skip
MOST_SORTED = 2000  # charts whose messages are sorted by time: they are all made before the first is sent


def planned(
    population: Population, charts: Iterable[int], events: frozenset[str], *, by_time: bool
) -> Iterator[Outgoing]:
    """Yield the messages of the charts: chart after chart, or all in order of their time.

    No events: all of them. Raises IndexError for a chart outside the population.
    """
    if not by_time:
        for index in charts:
            for _, outgoing in of_chart(population, index, events):
                yield outgoing
        return
    made = [pair for index in charts for pair in of_chart(population, index, events)]
    for _, outgoing in sorted(made, key=lambda pair: (pair[0].time, pair[0].control_id)):
        yield outgoing


def of_chart(population: Population, index: int, events: frozenset[str]) -> list[tuple[Message, Outgoing]]:
    """Return a chart's messages of these events in order of their time."""
    chart = population.chart(index)
    made = sorted(messages(chart, population.directory()), key=attrgetter("time"))
    return [
        (message, Outgoing(message.event, message.control_id, message.data, chart.id))
        for message in made
        if not events or message.event in events
    ]


def readdressed(data: bytes, *, control_id: str = "", processing_id: str = "", version: str = "") -> bytes:
    """Return a message of the population with other MSH-10, MSH-11 or MSH-12."""
    header, end, rest = data.partition(b"\r")
    fields = header.split(b"|")
    for place, value in ((9, control_id), (10, processing_id), (11, version)):
        if value:
            fields[place] = value.encode()
    return b"|".join(fields) + end + rest
