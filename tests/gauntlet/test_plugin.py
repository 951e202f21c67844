"""What the plug-in decides before a lab is started; whole runs are in test_runner.py."""

from types import SimpleNamespace

import pytest

from gauntlet import plugin
from gauntlet.errors import SetupError

LOAD = SimpleNamespace(requirement=SimpleNamespace(feature="load"))
READ = SimpleNamespace(requirement=SimpleNamespace(feature="core"))


def require_tools(check, *claims):
    session = SimpleNamespace(checks={"a": check}, target=SimpleNamespace(claims=claims))
    plugin._require_tools(session, [SimpleNamespace(nodeid="a")])


def test_missing_locust_is_told_before_anything_is_started(monkeypatch):
    monkeypatch.setattr("gauntlet.load.process.importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SetupError, match="load profiles need Locust") as caught:
        require_tools(LOAD, "core", "load")
    assert caught.value.hint == "pip install 'gauntlet-ehr[load]'"
    require_tools(LOAD, "core")  # not claimed: the check will not run
    require_tools(READ, "core", "load")  # not selected


def test_locust_that_is_there_is_enough():
    require_tools(LOAD, "core", "load")


def test_what_a_check_has_altered_is_put_back(monkeypatch):
    put_back = []
    monkeypatch.setattr(plugin, "settle", lambda *_: put_back.append(True))
    ehr = SimpleNamespace(faults=[], altered=False)
    session = SimpleNamespace(
        lab=SimpleNamespace(ehr=ehr, ended=lambda: False),
        is_open=True,
        population=SimpleNamespace(chart=lambda index: index),
        target=None,
    )
    item = SimpleNamespace(config=SimpleNamespace(stash={plugin.SESSION: session}))
    for altered, times in ((False, 0), (True, 1)):
        ehr.altered = altered
        session.running = SimpleNamespace(disturbed=False, network_faults=[], check=SimpleNamespace(first_chart=0))
        plugin._settle(item)
        assert (len(put_back), session.running) == (times, None)
