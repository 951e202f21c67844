"""What a reset puts back, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.groups import Group


def test_one_part_can_be_reset_alone(desk: Any) -> None:
    desk.state.clock.offset_s = 60
    desk.state.protected["p"] = "restricted"
    assert desk.state.reset(["protection"]) == ["protection"]
    assert (desk.state.protected, desk.state.clock.offset_s) == ({}, 60)


def test_everything_but_clients_and_address_is_reset(desk: Any) -> None:
    called = []
    desk.state.also_reset.append(lambda: called.append("vendor"))
    desk.state.groups["g"] = Group("g", "Cohort", ("a", "b"))
    desk.state.tokens.lifetime_s = 5
    desk.get("metadata")
    assert set(desk.state.reset()) == set(desk.state.parts())
    assert ("g" in desk.state.groups, desk.state.tokens.lifetime_s, called) == (False, 3600, ["vendor"])
    assert (list(desk.state.clients), desk.state.public_url, desk.journal()) == (["gw"], "http://ehr.test", [])


def test_an_unknown_part_touches_nothing(desk: Any) -> None:
    desk.state.clock.offset_s = 60
    with pytest.raises(KeyError, match="klock"):
        desk.state.reset(["clock", "klock"])
    assert desk.state.clock.offset_s == 60
