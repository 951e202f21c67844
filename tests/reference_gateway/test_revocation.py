import asyncio

import pytest

from reference_gateway.consumer_tokens import InvalidToken
from reference_gateway.refusal import Refusal
from reference_gateway.revocation import Revocation

pytestmark = pytest.mark.anyio


class Hands:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


class Issuer:
    """Answers what a test says, and counts."""

    def __init__(self):
        self.good, self.down, self.asked = True, False, 0

    async def active(self, _token):
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise OSError("down")
        return self.good


@pytest.fixture
def stage():
    clock, issuer = Hands(), Issuer()
    return clock, issuer, Revocation(issuer.active, clock, 2.0)


async def test_one_question_serves_many_requests(stage):
    _, issuer, revocation = stage
    await asyncio.gather(*(revocation.check("a") for _ in range(20)))
    await revocation.check("b")
    assert issuer.asked == 2


async def test_a_withdrawn_token_is_refused_once_the_answer_is_outdated(stage):
    clock, issuer, revocation = stage
    await revocation.check("a")
    issuer.good = False
    await revocation.check("a")
    clock.now = 2.1
    with pytest.raises(InvalidToken):
        await revocation.check("a")


async def test_nobody_gets_in_without_an_answer_and_the_next_request_asks_again(stage):
    _, issuer, revocation = stage
    issuer.down = True
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            await revocation.check("a")
        assert refused.value.status == 503
    issuer.down = False
    await revocation.check("a")
    assert issuer.asked == 3


async def test_without_credentials_nobody_is_asked():
    await Revocation(None, Hands(), 2.0).check("a")
