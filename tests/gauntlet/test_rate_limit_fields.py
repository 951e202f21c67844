"""RateLimit fields in both forms of the draft."""

import pytest

from gauntlet.rate_limit_fields import Left, Policy, read_left, read_policies


@pytest.mark.parametrize(
    ("text", "policies"),
    [
        ('"burst";q=100;w=60', [Policy(100, 60)]),
        ('"burst";q=100', [Policy(100, None)]),
        ('"burst";q=100;w=60, "day";q=5000;w=86400;pk=:YQ==:', [Policy(100, 60), Policy(5000, 86400)]),
        ("100;w=60", [Policy(100, 60)]),
        ('10; w=1, 50;w=60;comment="sliding"', [Policy(10, 1), Policy(50, 60)]),
    ],
)
def test_policies(text, policies):
    assert read_policies(text) == policies


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('"burst";r=50;t=30', [Left(50, 30)]),
        ('"burst";r=0', [Left(0, None)]),
        ('"burst";r=5;t=1, "day";r=4000;t=3600', [Left(5, 1), Left(4000, 3600)]),
        ("limit=100, remaining=50, reset=30", [Left(50, 30)]),
        ("limit=100,remaining=0", [Left(0, None)]),
    ],
)
def test_left(text, left):
    assert read_left(text) == left


@pytest.mark.parametrize("text", ["", '"burst"', "plenty", "limit=100", '"burst";r=-1', '"burst";r=some'])
def test_what_says_nothing(text):
    with pytest.raises(ValueError, match=r"."):
        read_left(text)


@pytest.mark.parametrize("text", ["", '"burst";w=60', "a lot;w=60"])
def test_policies_without_a_quota(text):
    with pytest.raises(ValueError, match=r"."):
        read_policies(text)
