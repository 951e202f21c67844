import socket

from gauntlet.silent_listener import silent_listener


def call(listener, data):
    host, port = listener.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as sock:
        sock.sendall(data)


def test_silence_is_heard_as_nothing():
    with silent_listener() as listener:
        assert listener.heard(0) == []


def test_who_calls_is_heard():
    with silent_listener() as listener:
        call(listener, b"GET /secret HTTP/1.1\r\n\r\n")
        assert listener.heard(0.5) == ["GET /secret HTTP/1.1\r\n\r\n"]


def test_who_connects_and_says_nothing_is_heard():
    with silent_listener() as listener:
        call(listener, b"")
        assert listener.heard(0.5) == ["(connected and said nothing)"]
