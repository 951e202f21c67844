import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.errors import TargetError
from gauntlet.placeholder import NAMES, environment_names_in, fill, names_in, valid_names

VALUES = {name: f"<{name}>" for name in NAMES}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("{ehr.base_url}/x", "<ehr.base_url>/x"),
        ("{run_dir}{run_dir}", "<run_dir><run_dir>"),
        ("${HOME_OF}", "value"),
        ("{'a': 1} {A} {0} {} { run_dir } {{run_dir}}", "{'a': 1} {A} {0} {} { run_dir } {<run_dir>}"),
        ('{"clients": {"x": {"rate": 5}}}', '{"clients": {"x": {"rate": 5}}}'),
        ("$HOME_OF $(HOME_OF) ${1}", "$HOME_OF $(HOME_OF) ${1}"),
    ],
)
def test_fill(text, filled):
    assert fill(text, VALUES, {"HOME_OF": "value"}) == filled


def test_a_secret_is_not_filled_again():
    assert fill("${SECRET}", VALUES, {"SECRET": "{run_dir} ${SECRET}"}) == "{run_dir} ${SECRET}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ehr.base_ur}", "unknown placeholder {ehr.base_ur}; did you mean 'ehr.base_url'?"),
        ("{zzz}", "unknown placeholder {zzz}"),
        ("{issuer.url}", "the placeholder {issuer.url} has no value in this place"),
        ("${ABSENT}", "the environment variable ABSENT is not set"),
    ],
)
def test_errors(text, message):
    with pytest.raises(TargetError) as caught:
        fill(text, {}, {})
    assert caught.value.message == message
    assert caught.value.hint


def test_names_anywhere_in_a_table():
    table = {"{a.b}": ["{c}", {"d": "{e}", "n": 5}], "x": ("{f}",), "s": "${SECRET} {g}"}
    assert sorted(names_in(table)) == ["a.b", "c", "e", "f", "g"]
    assert list(environment_names_in({"a": ["${X}"], "b": {"c": "${Y}"}, "d": ("${Z}",), "e": 1})) == ["X", "Y", "Z"]


def test_the_list_of_names_is_whole():
    assert all(f"{{{name}}}" in valid_names() for name in NAMES)


@given(st.text(alphabet="ab${}._A\n ", max_size=30))
def test_what_holds_no_placeholder_stays(text):
    if not list(names_in(text)) and not list(environment_names_in(text)):
        assert fill(text, {}, {}) == text
