"""Syslog messages as lines of a trail, and the receiver of UDP and TCP."""

import io
import socket
import time

import orjson
import pytest

from gauntlet.errors import SetupError
from gauntlet.observe.mirror import Mirror
from gauntlet.observe.syslog import frames, line_of
from gauntlet.observe.syslog_receiver import SyslogReceiver

HEADER = "<109>1 2026-11-22T04:30:00.123Z host app 7 read"
LIMIT_S = 5.0


def test_json_stays_as_it_was_sent():
    body = '{"client_id": "app",  "hash":"x"}'
    assert line_of(f"{HEADER} - {body}".encode()) == body.encode()
    assert line_of(f"{HEADER} - \ufeff{body}".encode()) == body.encode()
    assert orjson.loads(line_of(f'{HEADER} - {{"a":\n1}}'.encode())) == {"a": 1}


def test_structured_data():
    message = rf'{HEADER} [audit@32473 client="app" text="a \"b\" \\ \] c\d"][more@1 patient="p1"] said'
    assert orjson.loads(line_of(message.encode())) == {
        "TIMESTAMP": "2026-11-22T04:30:00.123Z",
        "HOSTNAME": "host",
        "APP-NAME": "app",
        "PROCID": "7",
        "MSGID": "read",
        "client": "app",
        "text": 'a "b" \\ ] c\\d',
        "patient": "p1",
        "MSG": "said",
    }


def test_structured_data_beside_json():
    record = orjson.loads(line_of(b'<13>1 - - - - - [a@1 client="app"] {"patient": "p1"}'))
    assert record == {"client": "app", "patient": "p1"}
    assert orjson.loads(line_of(b"<13>1 - h - - - [a@1]")) == {"HOSTNAME": "h"}


@pytest.mark.parametrize("message", [b"<13>Oct 11 22:14:15 host su: old", b"hello\n there", b'<13>1 - - - - - [a"] x'])
def test_what_is_no_message_is_no_record(message):
    line = line_of(message)
    assert b"\n" not in line
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(line)


def test_frames_by_octets_and_by_newline():
    stream = io.BytesIO(b"5 <1>\nx3 abc<13>1 first\r\n\n<13>1 second\n")
    assert list(frames(stream)) == [b"<1>\nx", b"abc", b"<13>1 first", b"<13>1 second"]


@pytest.mark.parametrize("content", [b"12x <13>1", b"99999999 x", b"5"])
def test_wrong_length_ends_the_stream(content):
    assert list(frames(io.BytesIO(content))) == [b"a frame whose length is no number"]


def lines_within(mirror, count):
    deadline = time.monotonic() + LIMIT_S
    while len(lines := mirror.path.read_bytes().splitlines()) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return lines


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path / "below" / "mirror.jsonl")


def test_receives_both_ways(mirror):
    receiver = SyslogReceiver(mirror.add)
    try:
        message = f'{HEADER} - {{"n": %d}}'
        with socket.create_connection((receiver.host, receiver.port)) as stream:
            one, two = ((message % number).encode() for number in (1, 2))
            stream.sendall(b"%d %s%s\n" % (len(one), one, two))
            assert lines_within(mirror, 2) == [b'{"n": 1}', b'{"n": 2}']
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto((message % 3).encode() + b"\n", (receiver.host, receiver.port))
        assert lines_within(mirror, 3)[2:] == [b'{"n": 3}']
        with pytest.raises(SetupError, match="is taken"):
            SyslogReceiver(mirror.add, f"{receiver.host}:{receiver.port}")
    finally:
        receiver.close()
    SyslogReceiver(mirror.add, f"{receiver.host}:{receiver.port}").close()


def test_mirror_adds_whole_lines(mirror):
    mirror.add([b"a", b"b"])
    mirror.add([])
    mirror.add([b"c"])
    assert mirror.path.read_bytes() == b"a\nb\nc\n"
    assert Mirror(mirror.path).path.read_bytes() == b"a\nb\nc\n"


def test_who_stops_to_listen_cuts_what_is_open_and_is_back_at_the_same_address(mirror):
    receiver = SyslogReceiver(mirror.add)
    try:
        with socket.create_connection((receiver.host, receiver.port), LIMIT_S) as stream:
            stream.sendall(f'{HEADER} - {{"n": 1}}\n'.encode())
            assert lines_within(mirror, 1) == [b'{"n": 1}']
            receiver.close()
            assert stream.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((receiver.host, receiver.port), LIMIT_S)
        receiver.again()
        with socket.create_connection((receiver.host, receiver.port), LIMIT_S) as stream:
            stream.sendall(f'{HEADER} - {{"n": 2}}\n'.encode())
            assert lines_within(mirror, 2)[1:] == [b'{"n": 2}']
        assert receiver.datagrams == 0
    finally:
        receiver.close()


def test_datagrams_that_the_system_dropped_are_counted(mirror, tmp_path):
    receiver = SyslogReceiver(mirror.add)
    receiver.close()
    row = "  1: 0100007F:{:04X} 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 4711 2 0000 {}\n"
    table = tmp_path / "udp"
    table.write_text("  sl  local_address ... drops\n" + row.format(receiver.port, 7) + row.format(1, 9))
    assert receiver.dropped(table) == 7
    assert receiver.dropped(tmp_path / "absent") == 0
