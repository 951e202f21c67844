import os
import shutil

import orjson
import pytest

from gauntlet.allure_labels import write_environment
from gauntlet.allure_report import main, render, without_analytics
from gauntlet.allure_results import tell_results
from gauntlet.errors import UsageError
from gauntlet.verdict import Verdict
from reports.text import redacted
from tests.gauntlet.test_allure_results import written
from tests.reports import sample_run

PAGE = """<html><script src="app.js"></script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>
  function gtag(){dataLayer.push(arguments);}
</script><script>window.ready = true;</script></html>"""


def test_the_tracker_is_taken_out_and_nothing_else():
    assert (
        without_analytics(PAGE) == '<html><script src="app.js"></script>\n<script>window.ready = true;</script></html>'
    )


def test_without_results_or_allure_it_says_so(tmp_path, capsys):
    with pytest.raises(UsageError, match="is no folder"):
        render(tmp_path, {"PATH": ""})
    (tmp_path / "allure-results").mkdir()
    with pytest.raises(UsageError, match="no allure on PATH"):
        render(tmp_path, {"PATH": str(tmp_path)})
    assert main([str(tmp_path / "none")]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_an_allure_that_fails_is_told(tmp_path):
    (tmp_path / "allure-results").mkdir()
    (tmp_path / "allure").write_text("#!/bin/sh\necho no such option >&2\nexit 1\n")
    (tmp_path / "allure").chmod(0o755)
    with pytest.raises(UsageError, match="no such option"):
        render(tmp_path, {"PATH": f"{tmp_path}:{os.environ['PATH']}"})


@pytest.mark.skipif(
    shutil.which("allure") is None, reason="no allure on PATH (npm install --global allure): not rendered here"
)
def test_a_run_is_rendered_without_a_tracker(tmp_path):
    run, results = redacted(sample_run.mixture()), tmp_path / "allure-results"
    for number, check in enumerate(run.checks):
        written(results, check.check, number)
    tell_results(results, run)
    write_environment(results, {"seed": "7"})
    page = render(tmp_path, os.environ)
    text = page.read_text()
    assert "<script" in text
    assert "googletagmanager" not in text
    told = b"".join(path.read_bytes() for path in page.parent.rglob("*.json"))
    failed = next(item for item in run.checks if item.verdict is Verdict.FAIL)
    assert orjson.dumps(failed.title)[1:-1] in told
