import pytest

from gauntlet.observe.series import Sample, Selector

SAMPLES = [
    Sample("seen_total", {"code": "200", "app": "a"}, 3.0),
    Sample("seen_total", {"code": "401", "app": "a"}, 2.0),
    Sample("seen_total", {"code": "403", "app": "b"}, 5.0),
    Sample("other", {}, 7.0),
]


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("seen_total", 10),
        ("seen_total{}", 10),
        ('seen_total{code="401"}', 2),
        ('seen_total{code!="200"}', 7),
        ('seen_total{code=~"40."}', 7),
        ('seen_total{code=~"40",}', 0),
        ('seen_total{code!~"4.*", app="a"}', 3),
        ('other{code=""}', 7),
        ("absent", 0),
    ],
)
def test_total_of_the_series_meant(text, total):
    assert Selector.parse(text).total(SAMPLES) == total


@pytest.mark.parametrize("text", ["", "1x", 'a{code="4', "a{code=4}", 'a{b="1"} 3', 'a{b=~"("}', 'a{b="1" c="2"}'])
def test_what_is_no_selector_is_refused(text):
    with pytest.raises(ValueError, match=r"is no|regular"):
        Selector.parse(text)
