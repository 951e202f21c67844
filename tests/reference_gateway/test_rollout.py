"""Switches, routes and canaries of the honest gateway, and the defects beside it (ROL)."""

import asyncio
import json

import pytest

from reference_gateway.rollout import Rollout
from reference_gateway.rollout_plan import Plan, change, changed, read_plan, write_plan


@pytest.fixture
def file(folder):
    return folder / "rollout.json"


@pytest.mark.parametrize(
    ("action", "value", "expected"),
    [
        ("off", "Encounter", Plan(("Condition", "Encounter"), "next", ("app",))),
        ("off", "Condition", Plan(("Condition",), "next", ("app",))),
        ("on", "Condition", Plan((), "next", ("app",))),
        ("route", "stable", Plan(("Condition",), "stable", ())),
        ("canary", "other", Plan(("Condition",), "next", ("app", "other"))),
    ],
)
def test_a_command_changes_the_plan(action, value, expected):
    assert changed(Plan(("Condition",), "next", ("app",)), action, value) == expected


@pytest.mark.parametrize(("action", "value"), [("off", "Encountre"), ("route", "nowhere")])
def test_what_does_not_exist_is_refused_by_name(action, value, file, capsys):
    with pytest.raises(ValueError, match=f"{value}.*valid are"):
        changed(Plan(), action, value)
    assert change(file, action, value) == 2
    assert value in capsys.readouterr().err
    assert not file.exists()


def test_the_plan_is_read_again_when_it_has_changed(file):
    rollout = Rollout(file)
    assert rollout.plan() == Plan()
    assert change(file, "off", "Condition") == 0
    assert rollout.plan().off == ("Condition",)
    assert change(file, "on", "Condition") == 0
    assert rollout.plan().off == ()


@pytest.mark.parametrize("text", ["", "[]", '{"off": 1}', '{"off": ["Nothing"], "route": "stable", "canary": []}'])
def test_a_broken_file_leaves_the_plan_as_it_was(file, text):
    write_plan(file, Plan(("Condition",)))
    rollout = Rollout(file)
    assert rollout.plan().off == ("Condition",)
    file.write_text(text)
    assert rollout.plan().off == ("Condition",)
    with pytest.raises(ValueError, match=r"no rollout plan|switched off"):
        read_plan(file)


@pytest.mark.anyio
async def test_a_type_that_is_off_is_refused_and_the_others_are_served(world, file):
    async with world(rollout_file=file) as w:
        write_plan(file, Plan(("Encounter",)))
        off = await w.get("Encounter/enc1")
        assert (off.status, off.headers["retry-after"]) == (503, "30")
        assert not w.ehr.calls()
        assert (await w.get("Patient/pat1")).status == 200


@pytest.mark.anyio
async def test_clients_that_go_ahead_take_the_next_route(world, file):
    async with world(rollout_file=file) as w:
        write_plan(file, Plan(canary=("other",)))
        for client, route in (("app", "stable"), ("other", "next")):
            answer = await w.get("Patient/pat1", token=w.token(client_id=client))
            assert answer.headers["x-gateway-route"] == route
        write_plan(file, Plan(route="next"))
        assert (await w.get("Patient/pat1")).headers["x-gateway-route"] == "next"
        assert "x-gateway-route" not in (await w.get("Patient/pat1", token=None)).headers


async def reads_once(w, kit):
    write_plan(w.settings.rollout_file, Plan(("Encounter",)))
    return (await w.get("Encounter/enc1")).status == 200


async def all_off(w, kit):
    write_plan(w.settings.rollout_file, Plan(("Encounter",)))
    return (await w.get("Patient/pat1")).status == 503


async def takes_all_along(w, kit):
    write_plan(w.settings.rollout_file, Plan(canary=("other",)))
    return (await w.get("Patient/pat1")).headers["x-gateway-route"] == "next"


async def goes_nowhere(w, kit):
    write_plan(w.settings.rollout_file, Plan(canary=("app",)))
    return (await w.get("Patient/pat1")).headers["x-gateway-route"] == "stable"


async def breaks_off(w, kit):
    arrived, leave = asyncio.Event(), asyncio.Event()

    async def slowly(ehr, request, sent):
        arrived.set()
        await leave.wait()

    w.ehr.script = [slowly]
    early = asyncio.create_task(w.get("Patient/pat1"))
    await arrived.wait()
    write_plan(w.settings.rollout_file, Plan(route="next"))
    assert (await w.get("Encounter/enc1")).status == 200
    leave.set()
    return (await early).status != 200


async def says_so_before(w, kit):
    answer = await w.post("AllergyIntolerance", kit.allergy())
    return answer.status == 201 and not w.ehr.written


PROBES = {
    "switches-need-a-restart": reads_once,
    "switches-everything-off": all_off,
    "canary-for-everybody": takes_all_along,
    "canary-for-nobody": goes_nowhere,
    "rollback-drops-what-is-under-way": breaks_off,
    "acknowledges-before-writing": says_so_before,
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", PROBES)
async def test_defect_shows_and_honesty_does_not(shows, name, folder):
    file = folder / "plan.json"

    async def probe(w, kit):
        try:
            return await PROBES[name](w, kit)
        finally:
            file.unlink(missing_ok=True)

    await shows(name, probe, rollout_file=file)


def test_the_file_is_json(file):
    write_plan(file, Plan(("Condition",), "next", ("app",)))
    assert json.loads(file.read_text()) == {"off": ["Condition"], "route": "next", "canary": ["app"]}
