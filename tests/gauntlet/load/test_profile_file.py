from __future__ import annotations

from pathlib import Path

import pytest

from gauntlet.load.arrivals import expected_arrivals
from gauntlet.load.profile import ProfileError
from gauntlet.load.profile_file import find_profile, read_profile
from gauntlet.places import bundled

FOLDER = bundled("scenarios") / "load"
TEXT = (FOLDER / "morning-spike.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_bundled_profile_can_be_read(path: Path) -> None:
    assert read_profile(path).name == path.stem


def test_the_morning_spike_fits_a_demonstration() -> None:
    spike = read_profile(FOLDER / "morning-spike.toml")
    assert spike.duration_s == 20
    assert 80 <= max(point.per_s for point in spike.curve) <= 120
    assert expected_arrivals(spike.curve) > 1000
    assert sum(request.weight for request in spike.mix) == 100
    assert spike.roles == ("physician", "nurse", "front desk")


def test_an_unknown_profile_names_the_closest_one() -> None:
    with pytest.raises(ProfileError) as caught:
        find_profile("mornin-spike", FOLDER)
    assert "unknown load profile 'mornin-spike'; did you mean 'morning-spike'?" in str(caught.value)
    assert str(FOLDER) in caught.value.hint
    assert find_profile("morning-spike", FOLDER) == FOLDER / "morning-spike.toml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "drain_s = 10",
            "drian_s = 10",
            "limits.drian_s: unknown key; did you mean 'drain_s'?; valid here: answer_timeout_s,",
        ),
        ("drain_s = 10\n", "", "limits.drain_s: this key is required"),
        ("weight = 12", "wieght = 12", "mix.0.wieght: unknown key; did you mean 'weight'?"),
        (
            "p50_ms = { limit = 150",
            "p50_ms = { limt = 150",
            "slo.p50_ms.limt: unknown key; did you mean 'limit'?",
        ),
        ("weight = 12", "weight = 0", "mix.0.weight: input should be greater than 0, not 0"),
        ("weight = 12", 'weight = "many"', "mix.0.weight: input should be a valid number, not 'many'"),
        ("per_s = 100", "per_s = 1e9", "curve.2.per_s: input should be less than or equal to 20000"),
        ("at_s = 14", "at_s = 5", "curve.3.at_s is 5, must be later than the point before (7)"),
        ("at_s = 0\n", "at_s = 1\n", "the first point must be at_s = 0"),
        (
            '"Patient/{patient}"',
            '"Patient/{mrn}"',
            "mix.0.request: 'Patient/{mrn}': a Patient is read by {patient}",
        ),
        ('"Patient/{patient}"', '"Patient"', "mix.0.request: 'Patient' is neither a read"),
        ('name = "problem list"', 'name = "chart header"', "name 'chart header' is used twice"),
        ('name = "problem list"', 'name = "all"', "name 'all' is used twice or reserved"),
        (
            "wrong_patient = { limit = 0",
            "wrong_patient = { limit = 1",
            "slo.wrong_patient.limit: input should be less",
        ),
        (
            'name = "morning-spike"',
            'name = "other"',
            "name: 'other' must be the file's name, 'morning-spike'",
        ),
        ("[limits]", "[limits", "not valid TOML"),
    ],
)
def test_errors_name_file_key_and_what_is_valid(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    path = tmp_path / "morning-spike.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_profile(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_curve_of_zeros_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "morning-spike.toml"
    lines = ["per_s = 0" if line.startswith("per_s") else line for line in TEXT.splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ProfileError, match="nothing would ever be sent"):
        read_profile(path)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="does not exist"):
        read_profile(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="cannot be read"):
        read_profile(tmp_path / "bad.toml")
