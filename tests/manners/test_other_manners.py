"""Is an honest gateway failed for legal manners other than the reference gateway's?

A dozen checks once failed it or could not judge it, and none of the reference gateway's own runs could show that.
"""

from pathlib import Path

import pytest

from gauntlet.run import Request, carry_out
from gauntlet.verdict import Verdict

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parents[1] / "targets" / "reference.toml"
COMMAND = '"{python}", "-P", "-m", "reference_gateway", "serve", "--defect={defect}"'
HEADERS = "retry-date,relative,challenge,lower-case,media-type-with-version"
READING = ("CON", "IDP", "THR-06", "RES-10", "AUT-07")  # what looks at the form of answers most
OUTAGES = ("RES-04", "RES-05")  # what looks at connections to the EHR
RATES = ("THR-01", "THR-08")  # what has to ask faster than it is answered one by one

GROUPS = {
    "airy": f"small-pages,airy,escaped,in-utc,second-issue,{HEADERS},in-pieces,closing-upstream",
    "terse": "narrated,terse-bundle,by-diagnostics,media-type-in-capitals,versioned,wordless,compressed,closing",
    "slow": "slow",
}


@pytest.mark.parametrize(("group", "only"), [("airy", (*READING, *OUTAGES)), ("terse", READING), ("slow", RATES)])
def test_nobody_fails_for_other_manners(tmp_path, group, only):
    text = REFERENCE.read_text(encoding="utf-8")
    assert COMMAND in text
    target = tmp_path / "target.toml"
    target.write_text(text.replace(COMMAND, f'"{{python}}", "-P", "{HERE / "gateway.py"}", "{GROUPS[group]}"'))
    request = Request(target=target, out=tmp_path, only=only, whole=True, labs=2)
    result, _ = carry_out(request, lambda *_: None)
    judged = [check for check in result.checks if check.verdict is not Verdict.NOT_CLAIMED]
    assert [name for name in only if not any(check.requirement.startswith(name) for check in judged)] == []
    assert [(check.check, check.verdict, check.reason) for check in judged if check.verdict is not Verdict.PASS] == []
