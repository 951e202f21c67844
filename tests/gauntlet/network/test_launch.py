from __future__ import annotations

import sys

from gauntlet.network.launch import ServerKind, choose


def test_a_running_server_of_the_environment_comes_first() -> None:
    choice = choose({"TOXIPROXY_URL": "http://127.0.0.1:8474"}, which=lambda _: "/bin/toxiproxy-server")
    assert (choice.kind, choice.url, choice.command) == (ServerKind.RUNNING, "http://127.0.0.1:8474", ())
    assert "TOXIPROXY_URL" in choice.sentence


def test_the_real_server_on_path_comes_second_and_needs_a_port() -> None:
    choice = choose({}, which={"toxiproxy-server": "/opt/toxiproxy-server"}.get, seed=9)
    assert (choice.kind, choice.url, choice.announces) == (ServerKind.REAL, None, False)
    expected = ("/opt/toxiproxy-server", "-host", "127.0.0.1", "-port", "4711", "-seed", "9")
    assert choice.command_on(4711) == expected


def test_the_built_in_server_is_the_last_resort_and_announces_itself() -> None:
    choice = choose({"TOXIPROXY_URL": " "}, which=lambda _: None, seed=9)
    assert (choice.kind, choice.announces) == (ServerKind.BUILT_IN, True)
    expected = (sys.executable, "-m", "gauntlet.network.server", "--listen", "127.0.0.1:0", "--seed", "9")
    assert choice.command_on(0) == expected
    assert "no toxiproxy-server on PATH" in choice.sentence
