"""Every named fault is used by a check, a history or a load profile, or says here why not: a stale line fails."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
ON_PURPOSE = {
    "certificate-expired": "checks of TLS show the certificate to every connection, by Ehr.show_certificate",
    "certificate-other-host": "as certificate-expired",
    "clock-fast": "checks of skewed clocks move the EHR's clock as a whole, by Ehr.set_clock",
    "code-drift-no-system": "no target claims which codes it knows; mapping is judged by charts",
    "code-drift-system": "as code-drift-no-system: an OID for LOINC means the same, and some gateways may know that",
    "delay-lognormal": "like delay-heavy-tail, which is used, with a shorter tail: for watching a gateway by hand",
    "duplicate-entries": "no requirement says who removes duplicates when a record moves between two pages",
    "gzip-bomb": "to pack 64 MB takes a busy machine longer than an attempt may take: it times out before",
    "missing-entries": "totals and entries may differ for good reasons: no requirement asks a gateway to count",
    "nightly-maintenance": "the same answers as storm-503, by the clock: for a run by hand over night",
    "slower-read": "between slow-read and stall: for watching a gateway by hand",
    "stale-after-write": "whether a write is read back at all is the gateway's choice; histories judge what is held",
    "token-dead-on-arrival": "a token for each call and one token used until it is refused are both right then",
    "token-lifetime-as-text": "RFC 6749 wants a number: to refuse it and to read it are both right",
    "unit-drift-converted": "units are judged by charts in other units, which reach the same code of a gateway",
    "unit-drift-mislabelled": "a wrong unit that is plausible can be noticed by nobody who sees one record",
}


def used() -> str:
    """Return everything in which a check can name a fault."""
    files = [*(ROOT / "suites").rglob("*.py")]
    files += [path for path in (ROOT / "scenarios").rglob("*.toml") if path.parent.name != "faults"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_each_named_fault_is_used_or_says_why_not():
    text = used()
    names = {path.stem for path in (ROOT / "scenarios" / "faults").glob("*.toml")}
    unused = {name for name in names if f'"{name}"' not in text}
    assert unused - set(ON_PURPOSE) == set(), "use these faults in a check, or say here why not"
    assert set(ON_PURPOSE) - unused == set(), "these faults are used by now, or gone"
