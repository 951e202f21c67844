import pytest

from gauntlet.commands import request_log
from gauntlet.commands.request_log import RequestLog
from mock_ehr.facts import Facts
from mock_ehr.journal import Journal
from mock_ehr.message import Answer, Request


@pytest.fixture
def journal():
    return Journal(lambda: 1_800_000_000.0, lambda: 5.0)


def arrive(journal, path="/x", query=""):
    return journal.open(Request("GET", path, query), Facts(path=path))


def answer(journal, entry, status=200):
    journal.close(entry, Answer(status), 0, "answered")


def test_tells_each_exchange_once_when_it_ended(journal):
    log = RequestLog(journal)
    slow, quick = arrive(journal, "/slow"), arrive(journal, "/quick", "a=b")
    answer(journal, quick)
    assert [text.split("  ")[-1] for text in log.lines()] == ["/quick?a=b"]
    assert list(log.lines()) == []
    slow.faults.append("storm")
    slow.note = "said no"
    answer(journal, slow, 429)
    (text,) = log.lines()
    assert text[8:] == " GET         429      0.0 ms  /slow  | fault storm  | said no"
    assert list(log.lines()) == []


def test_says_what_became_of_an_exchange_without_an_answer(journal):
    log = RequestLog(journal)
    journal.close(arrive(journal), None, 0, "dropped")
    assert " dropped " in next(log.lines())


def test_can_start_later(journal):
    log = RequestLog(journal)
    answer(journal, arrive(journal))
    log.skip()
    answer(journal, arrive(journal, "/later"))
    assert [text.split("  ")[-1] for text in log.lines()] == ["/later"]


def test_of_a_great_many_it_tells_the_last(journal, monkeypatch):
    monkeypatch.setattr(request_log, "LINES_AT_ONCE", 3)
    log = RequestLog(journal)
    for number in range(10):
        answer(journal, arrive(journal, f"/{number}"))
    first, *rest = log.lines()
    assert first == "... 7 requests more, see the journal of the control API"
    assert [text.split("  ")[-1] for text in rest] == ["/7", "/8", "/9"]
