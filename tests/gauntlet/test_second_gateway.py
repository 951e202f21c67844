import sys
from types import SimpleNamespace

import httpx
import pytest

from gauntlet.errors import Inconclusive
from gauntlet.second_gateway import mandatory_settings, second_gateway
from gauntlet.target import Target
from tests.gauntlet.samples import target_file

SERVER = """
import http.server, os, sys
if "ISSUER" not in os.environ and os.environ["STRICT"] == "yes":
    sys.exit("ISSUER is not set")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ["STATUS"])); self.end_headers()
        self.wfile.write(os.environ.get("ISSUER", "(nobody)").encode())
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
VALUES = {"python": sys.executable, "defect": "", "gateway.port": "1", "issuer.url": "https://issuer.test"}


@pytest.fixture
def lab(tmp_path):
    def build(*, base_url="http://127.0.0.1:{gateway.port}/fhir", strict="yes", status="200"):
        launch = {
            "command": ["{python}", "-c", SERVER, "{gateway.port}"],
            "ready": "{gateway.root}/ready",
            "env": {"ISSUER": "{issuer.url}", "STRICT": strict, "STATUS": status},
            "files": {"app.ini": "issuer = {issuer.url}"},
        }
        gateway = {"name": "G", "base_url": base_url, "launch": launch}
        target = Target(tmp_path / "t.toml", target_file(gateway=gateway))
        return SimpleNamespace(target=target, run_dir=tmp_path, values={**VALUES, "target_dir": str(tmp_path)})

    return build


def test_what_the_launch_table_takes_from_the_lab_is_mandatory(lab):
    assert mandatory_settings(lab().target.file.gateway.launch) == ["issuer.url"]


def test_with_all_settings_it_serves_beside_the_first(lab, tmp_path):
    with second_gateway(lab(), {}) as second:
        assert second.wait(20) == "ready"
        assert httpx.get(second.base_url, trust_env=False).text == "https://issuer.test"
        assert second.base_url != "http://127.0.0.1:1/fhir"
        assert second.audience == second.base_url
    assert next(tmp_path.glob("second-whole-*/gateway/app.ini")).read_text() == "issuer = https://issuer.test"
    assert second.process.ending() is None  # we ended it ourselves
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.base_url, trust_env=False)


def test_a_withheld_setting_is_not_in_the_environment(lab, tmp_path):
    with second_gateway(lab(), {}, "issuer.url") as second:
        assert second.wait(20) == "ended"
        assert "ISSUER is not set" in second.process.last_lines()
    assert next(tmp_path.glob("second-issuer.url-*/gateway/app.ini")).read_text() == "issuer = "


def test_a_careless_gateway_serves_without_it(lab):
    with second_gateway(lab(strict="no"), {}, "issuer.url") as second:
        assert second.wait(20) == "ready"
        assert httpx.get(second.base_url, trust_env=False).text == "(nobody)"


def test_a_gateway_that_is_never_ready(lab):
    with second_gateway(lab(status="503"), {}) as second:
        assert second.wait(0.5) == "unready"


def test_a_fixed_address_cannot_be_had_twice(lab):
    with (
        pytest.raises(Inconclusive, match="a second gateway would take the first one's address"),
        second_gateway(lab(base_url="http://127.0.0.1:9/fhir"), {}),
    ):
        pass
