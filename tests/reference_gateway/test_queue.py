"""Accepted work: on disk, in order, once, and set aside when nobody can help it."""

import asyncio

import pytest

from reference_gateway.work_queue import DEAD, WAITING, Work, WorkQueue

pytestmark = pytest.mark.anyio
LATER = {"Prefer": "respond-async, return=minimal"}


def work(number, patient="pat1", *, key="", fingerprint=""):
    name = f"w{number}"
    return Work(name, "app", key or name, fingerprint, "AllergyIntolerance", patient, float(number), "{}")


@pytest.fixture
def queue(tmp_path):
    queue = WorkQueue(tmp_path / "queue.sqlite3")
    yield queue
    queue.close()


def ids(found):
    return [item.id for item in found]


def test_the_oldest_of_each_patient_comes_first(queue):
    for number, patient in enumerate(["pat1", "pat1", "pat2", "pat1"]):
        queue.add(work(number, patient))
    assert ids(queue.first_of_each_patient()) == ["w0", "w2"]
    queue.done(queue.find("w0"), 201, "here")
    assert ids(queue.first_of_each_patient()) == ["w1", "w2"]
    assert (queue.find("w0").state, queue.find("w0").content) == ("done", None)


def test_what_is_set_aside_holds_up_nothing(queue):
    queue.add(work(1))
    queue.add(work(2))
    queue.set_aside(queue.find("w1"), 422, "ehr-refused", b"{}")
    assert ids(queue.first_of_each_patient()) == ["w2"]
    assert ids(queue.dead_letters()) == ["w1"]
    assert (queue.count(WAITING), queue.count(DEAD)) == (1, 1)


def test_a_key_is_work_once(queue):
    queue.add(work(1, key="k", fingerprint="a"))
    again = queue.add(work(2, key="k", fingerprint="b"))
    assert (again.id, again.fingerprint, queue.count(WAITING)) == ("w1", "a", 1)


def test_work_outlives_the_process(tmp_path):
    first = WorkQueue(tmp_path / "queue.sqlite3")
    first.add(work(1))
    first.close()
    second = WorkQueue(tmp_path / "queue.sqlite3")
    assert ids(second.first_of_each_patient()) == ["w1"]
    second.close()
    assert (tmp_path / "queue.sqlite3").stat().st_mode & 0o077 == 0


async def outcome(w, url):
    """Ask for the status until the work waits no more; it is asked often enough for any machine."""
    for _ in range(400):
        answer = await w.send("GET", url.removeprefix("http://127.0.0.1:1"))
        if answer.status != 202:
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError("the work waits for ever")


async def test_accepted_and_delivered(world, kit):
    async with world(queue_keep_s=60.0) as w:
        accepted = await w.post("AllergyIntolerance", kit.allergy(), **LATER)
        assert (accepted.status, accepted.body) == (202, b"")
        told = await outcome(w, accepted.headers["content-location"])
        response = told.json()["entry"][0]["response"]
        assert response["status"] == "201"
        assert "AllergyIntolerance/" in response["location"]
        assert [record["action"] for record in w.audit() if record["resource_type"]] == ["create", "deliver"]


async def test_others_do_not_learn_of_it(world, kit):
    async with world(queue_keep_s=60.0) as w:
        accepted = await w.post("AllergyIntolerance", kit.allergy(), **LATER)
        path = accepted.headers["content-location"].removeprefix("http://127.0.0.1:1")
        assert (await w.send("GET", path, token=w.token(client_id="other", sub="other"))).status == 404
        assert (await w.send("GET", path, token=None)).status == 401
        assert (await w.send("DELETE", path)).status == 405


async def test_what_is_refused_at_once_is_not_accepted(world, kit):
    async with world(queue_keep_s=60.0) as w:
        assert (await w.post("AllergyIntolerance", {"resourceType": "Patient"}, **LATER)).status == 400
        assert (
            await w.post("AllergyIntolerance", kit.allergy(), token=w.token(scope="system/*.rs"), **LATER)
        ).status == 403


async def test_without_a_queue_a_create_is_made_at_once(world, kit):
    async with world() as w:
        assert (await w.post("AllergyIntolerance", kit.allergy(), **LATER)).status == 201
        assert (await w.get("async/abc")).status == 404
