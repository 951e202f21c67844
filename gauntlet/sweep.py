"""A sweep over charts: every claimed type read, searched page by page, and asked for in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gauntlet.answer import Answer
from gauntlet.consumer import Consumer
from gauntlet.errors import CheckFailed, Inconclusive
from synthetic.population import Chart
from synthetic.resource import Resource

ON_A_PAGE = 2
MOST_PAGES = 8
MOST_TO_THE_END = 60
READS_OF_A_TYPE = 3
# Searches every gateway has to serve, by type; others are by patient alone (US Core 6.1, search requirements).
SEARCHES: Mapping[str, tuple[Mapping[str, str], ...]] = MappingProxyType(
    {"Patient": ({},), "Observation": ({"category": "laboratory"}, {"category": "vital-signs"})}
)


Pairs = Callable[[Chart, str], Sequence[tuple[str, Resource]]]  # records of a type, with the ids to read them by


def sweep(
    app: Consumer, charts: Sequence[Chart], types: Sequence[str], record_pairs: Pairs
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Read and search every type of the charts; return pairs (delivered by a read, truth).

    What is delivered by searches goes into the run's deliveries like everything else. Raises Inconclusive when not one
    record was delivered at all.
    """
    pairs = []
    for chart in charts:
        for resource_type in types:
            for known_as, record in record_pairs(chart, resource_type)[:READS_OF_A_TYPE]:
                answer = app.read(resource_type, known_as)
                if answer.status == 200:
                    pairs.append((answer.resource(resource_type), record.body))
            for _ in pages(app, resource_type, chart):
                pass
        app.read(types[0], f"{chart.id[:-4]}none")
    if not pairs:
        raise Inconclusive("not one record of the charts was delivered: there is nothing to judge")
    return pairs


def pages(app: Consumer, resource_type: str, chart: Chart) -> Iterator[list[dict[str, Any]]]:
    """Yield the matches of each page of each search that every gateway has to serve for a chart, as far as it does."""
    owner = {"_id": chart.id} if resource_type == "Patient" else {"patient": chart.id}
    for asked in SEARCHES.get(resource_type, ({},)):
        answer = app.search(resource_type, {**owner, **asked, "_count": ON_A_PAGE})
        for _ in range(MOST_PAGES):
            if answer.status != 200:
                break
            try:
                yield answer.matches()
                link = next_link(answer.resource("Bundle"))
            except CheckFailed:  # another check says so; here it is left to the rules of FHIR
                break
            if link is None:
                break
            answer = app.send("GET", link)


class PageRefused(CheckFailed):
    """A page behind the first one was answered with another status than 200; some checks allow that."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("a further page is not delivered", expected="status 200", actual=answer.brief())
        self.answer = answer


def all_pages(
    app: Consumer, answer: Answer, between: Callable[[int], object] = lambda _: None
) -> Iterator[list[dict[str, Any]]]:
    """Yield the matches of each page, from the first one's `answer` to the end.

    `between` is called with its number after each page that has a next one. Raises PageRefused, and Inconclusive when
    there is no end of pages.
    """
    for page in range(1, MOST_TO_THE_END):
        yield answer.matches()
        link = next_link(answer.resource("Bundle"))
        if link is None:
            return
        between(page)
        answer = app.send("GET", link)
        if answer.status != 200:
            raise PageRefused(answer)
    raise Inconclusive(f"paging did not end within {MOST_TO_THE_END} pages")


def all_matches(app: Consumer, answer: Answer) -> list[dict[str, Any]]:
    """Return the matches of all pages, from the first one's `answer` on: how much is on a page is the gateway's choice.

    Raises what `all_pages` raises.
    """
    return [match for page in all_pages(app, answer) for match in page]


def next_link(bundle: Mapping[str, Any]) -> str | None:
    """Return where the next page is, None on the last one."""
    links = bundle.get("link", [])
    found = [link.get("url") for link in links if isinstance(link, dict) and link.get("relation") == "next"]
    return str(found[0]) if found else None
