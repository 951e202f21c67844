import pytest

from gauntlet import places
from gauntlet.errors import HarnessError, UsageError
from gauntlet.requirement import load_catalogue
from gauntlet.target_ehr import VENDORS

TABLES = """
[families]
AUT = "authentication"
[features]
core = "reads"
write = "creates"
[profiles]
read-only = ["core"]
"""
ROW = """
[[requirement]]
id = "AUT-01"
level = "MUST"
feature = "core"
text = "A request without a token is refused"
judged_from = ["C", "U"]
source = "RFC 6750"
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text):
        path = tmp_path / "requirements.toml"
        path.write_text(text)
        return load_catalogue(path)

    return load_text


def test_a_table(load):
    catalogue = load(TABLES + ROW)
    row = catalogue.get("AUT-01")
    assert (row.level, row.feature, row.judged_from, row.family, row.not_tested) == (
        "MUST",
        "core",
        ("C", "U"),
        "AUT",
        "",
    )
    assert catalogue.claimable == ("write",)
    assert catalogue.profiles == {"read-only": ("core",)}


def test_the_bundled_table():
    catalogue = load_catalogue(places.bundled("suites") / "requirements.toml")
    assert len(catalogue.requirements) > 100
    assert "core" not in catalogue.claimable


def test_rows_of_one_ehr_name_a_vendor_that_exists():
    table = load_catalogue(places.bundled("suites") / "requirements.toml")
    assert {vendor for row in table.requirements.values() for vendor in row.behind} <= {*VENDORS}


def test_an_unknown_id_is_refused_with_the_closest_one(load):
    with pytest.raises(UsageError) as caught:
        load(TABLES + ROW).get("AUT-10")
    assert caught.value.message == "unknown requirement 'AUT-10'; did you mean 'AUT-01'?"
    assert caught.value.hint == "`gauntlet catalog requirements` lists them all"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROW.replace("level", "levl"), "requirement 'AUT-01': unknown key 'levl'; did you mean 'level'?"),
        (ROW.replace('source = "RFC 6750"', ""), "requirement 'AUT-01': source: required"),
        (ROW.replace('id = "AUT-01"', ""), "requirement '(no id)': id: required"),
        (ROW.replace("AUT-01", "AUT-1"), "an id is a known family and two digits, such as 'AUT-01'"),
        (ROW.replace("AUT-01", "ZZZ-01"), "an id is a known family and two digits, such as 'AUT-01'"),
        (ROW.replace('"MUST"', '"must"'), "level 'must' is neither 'MUST' nor 'SHOULD'"),
        (ROW.replace('"core"', '"cor"'), "unknown feature 'cor'; did you mean 'core'?"),
        (ROW.replace('["C", "U"]', '["X"]'), "judged_from takes letters of ACLMNTU"),
        (ROW.replace('["C", "U"]', "[]"), "judged_from takes letters of ACLMNTU"),
        (ROW + 'not_tested = "no time"', "not_tested ends with a date, such as ', 2026-11-21'"),
        (ROW + ROW, "requirement ids used twice: AUT-01"),
        (ROW.replace('"AUT-01"', '"AUT-01'), "the table of requirements cannot be read: "),
    ],
)
def test_a_wrong_table_names_row_and_field(load, tmp_path, text, message):
    with pytest.raises(HarnessError) as caught:
        load(TABLES + text)
    assert caught.value.message.startswith(f"{tmp_path / 'requirements.toml'}: ")
    assert message in caught.value.message


def test_a_profile_of_an_unknown_feature(load):
    with pytest.raises(HarnessError, match="profile 'read-only' names the unknown feature 'cor'"):
        load(TABLES.replace('["core"]', '["cor"]') + ROW)


@pytest.mark.parametrize("missing", ["families", "features", "profiles"])
def test_a_missing_table_is_named(load, missing):
    with pytest.raises(HarnessError, match=f"the table '{missing}' is missing"):
        load(TABLES.replace(f"[{missing}]", "[other]") + ROW)


def test_no_rows_and_no_file(load, tmp_path):
    with pytest.raises(HarnessError, match="the table 'requirement' is missing"):
        load(TABLES)
    with pytest.raises(HarnessError, match=r"cannot be read: .*No such file"):
        load_catalogue(tmp_path / "absent.toml")


def test_a_dated_reason(load):
    row = load(TABLES + ROW + 'not_tested = "no machine, 2026-11-21"').get("AUT-01")
    assert row.not_tested == "no machine, 2026-11-21"
