"""The table of profiles hangs together."""

import pytest

from synthetic.r4.definitions import definitions
from synthetic.r4.us_core.invariants import INVARIANTS
from synthetic.r4.us_core.table import profiles, read_profiles


def paths(profile):
    return [*profile.require, *profile.any_code, *profile.all_codes, *profile.value_set, profile.patient or "id"]


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.name)
def test_every_path_is_an_element_of_r4(profile):
    for path in paths(profile):
        kind = profile.type
        for name in path.split("."):
            elements = {element.name: element for element in definitions().types[kind]}
            assert name in elements, path
            kind = elements[name].types[0]


def test_every_rule_is_used_and_known():
    assert {rule for profile in profiles().values() for rule in profile.rules} == set(INVARIANTS)


def test_what_a_profile_extends_is_of_the_same_type():
    for profile in profiles().values():
        if profile.extends:
            assert profiles()[profile.extends].type == profile.type


def test_a_system_without_name_is_an_error():
    with pytest.raises(KeyError, match="snomed"):
        read_profiles('[systems]\n[profiles.x]\ntype = "Patient"\nall_codes = { code = ["snomed|1"] }')
