"""A trail that is served by HTTP, page by page."""

import orjson
import pytest

from gauntlet.errors import CheckFailed
from gauntlet.observe.audit_http import HttpTrail
from gauntlet.observe.mirror import Mirror
from tests.gauntlet.wire import answer, serving


class Trail:
    """Serves a list of records in pages of two, as lines, arrays or Bundles."""

    def __init__(self, form):
        self.form = form
        self.records = []
        self.size = 2
        self.asked = []

    def __call__(self, connection, request):
        path = request.split()[1].decode()
        self.asked.append(path)
        after = int(path.partition("after=")[2] or 0)
        part = self.records[after : after + self.size]
        following = f"/t?after={after + self.size}" if len(part) == self.size else None
        body, headers = getattr(self, self.form)(part, following)
        connection.sendall(answer("200 OK", body, *headers))

    def lines(self, part, following):
        return b"".join(orjson.dumps(item) + b"\n" for item in part), self.link(following)

    def array(self, part, following):
        return orjson.dumps(part), self.link(following)

    def bundle(self, part, following):
        links = [{"relation": "self", "url": "x"}, *([{"relation": "next", "url": following}] if following else [])]
        entries = [{"resource": item} for item in part]
        return orjson.dumps({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}), []

    def link(self, following):
        return [f'Link: </>; rel="up", <{following}>; rel="next"'] if following else []


def held(mirror):
    return [orjson.loads(line)["n"] for line in mirror.path.read_bytes().splitlines()]


@pytest.mark.parametrize("form", ["lines", "array", "bundle"])
def test_every_record_once(form, tmp_path):
    script = Trail(form)
    with serving(script) as server:
        mirror = Mirror(tmp_path / "mirror")
        trail = HttpTrail(f"{server.url}/t", {"Authorization": "Bearer k"}, mirror)
        for wanted in (0, 1, 1, 2, 3, 5, 8):
            script.records = [{"n": number} for number in range(wanted)]
            trail.fetch()
            assert held(mirror) == list(range(wanted))
        assert all(b"authorization: bearer k" in request.lower() for request in server.requests)
        script.asked.clear()
        trail.fetch()
    assert script.asked[0] == ("/t" if form == "bundle" else "/t?after=8"), "plain pages go on at the last one"


def test_one_object_is_one_line(tmp_path):
    mirror = Mirror(tmp_path / "mirror")
    with serving(answer("200 OK", b'{"n": 1}\n')) as server:
        HttpTrail(server.url, {}, mirror).fetch()
    assert held(mirror) == [1]


@pytest.mark.parametrize("form", ["lines", "bundle"])
def test_a_trail_that_shrinks(form, tmp_path):
    script = Trail(form)
    with serving(script) as server:
        trail = HttpTrail(f"{server.url}/t", {}, Mirror(tmp_path / "mirror"))
        script.records = [{"n": 0}]
        trail.fetch()
        script.records = []
        with pytest.raises(CheckFailed, match="became shorter"):
            trail.fetch()


def test_not_served(tmp_path):
    mirror = Mirror(tmp_path / "mirror")
    with serving(answer("403 Forbidden")) as server, pytest.raises(CheckFailed, match="answered with 403"):
        HttpTrail(server.url, {}, mirror).fetch()
    with pytest.raises(CheckFailed, match="not served"):
        HttpTrail(server.url, {}, mirror).fetch()
