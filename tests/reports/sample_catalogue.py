"""The requirement catalogue of the sample runs: a part of the real one, short texts."""

from __future__ import annotations

from gauntlet.result import RequirementRow

PER_ROW = 5  # checks of each requirement that has any

# id | level | feature | text | judged from | source | reason when there is no check
_TABLE = """
CON-01 | MUST | core | GET /metadata needs no token and is a valid R4 CapabilityStatement | C | FHIR http |
CON-04 | MUST | core | every resource returned is valid R4: structure, cardinality, formats | C | FHIR R4 |
CON-06 | MUST | core | a read returns the record that was asked for, unchanged in meaning | C T | FHIR http |
CON-08 | MUST | core | paging by next yields every match once, or a clear error | C U T | FHIR search |
CON-16 | SHOULD | core | reads carry ETag and Last-Modified, If-None-Match gives 304 | C | FHIR http |
CON-17 | MUST | core | published consumer contracts hold | C T | Pact | needs a contract broker, 2026-06-15
MAP-03 | MUST | mapping | values keep their unit; conversions are exact and use UCUM | C T | UCUM |
AUT-01 | MUST | core | no token, an empty or a malformed one: 401, no upstream call | C U | RFC 6750 |
AUT-02 | MUST | core | expired or wrong tokens: 401 invalid_token, no upstream call | C U | RFC 9068 |
AUT-04 | MUST | core | scope is enforced by type and by action: 403, no upstream call | C U | SMART |
AUT-08 | SHOULD | core | clock skew tolerance is at most 60 s both ways | C | RFC 7519 |
AUT-09 | MUST | revocation | a revoked token is refused within the claimed delay | C U | RFC 7009 |
UPA-02 | MUST | core | upstream tokens are reused until near expiry | U | SMART |
UPA-04 | MUST | core | one renewal at a time: at most 3 token calls for 200 requests | U | field reports |
NEG-01 | MUST | write | bodies that are no JSON or too deep: 400, no upstream call | C U | RFC 8259 |
NEG-05 | MUST | core | foreign links never make the gateway call that host | C N | OWASP SSRF |
THR-01 | MUST | throttling | the claimed limit per client is enforced: 429 with Retry-After | C U | RFC 6585 |
RES-01 | MUST | resilience | an upstream 429 is obeyed: no repeat before Retry-After | U | RFC 9110 |
RES-04 | MUST | resilience | the consumer gets an answer within the latency budget | C N | RFC 9110 |
RES-06 | MUST | resilience | a circuit breaker opens under sustained failure and closes again | C U | S1 5 |
IDP-01 | MUST | idempotency | same key, same payload: first outcome again, one write at the EHR | C U | IETF |
IDP-04 | MUST | idempotency | a lost answer: the repeat causes no second write | C U N | IETF |
CST-01 | MUST | consent | data of a denied class is withheld by read, search and count | C U T | S2 4 |
AUD-01 | MUST | audit | every request and refusal has exactly one record | A C U | S2 3 |
AUD-09 | SHOULD | audit | records are available as FHIR AuditEvent | A | IHE BALP |
PHI-01 | MUST | core | no synthetic patient's data or token appears in general logs | L T | S1 5 |
OBS-04 | MUST | observability | liveness and readiness tell the truth | C | S1 7 |
ROL-01 | MUST | rollout | shutdown drains: no accepted request is lost on SIGTERM | C U | S2 6 |
LOD-01 | MUST | load | morning charting spike: the service level holds throughout | C U | S1 6 |
LOD-07 | SHOULD | load | the highest rate within the service level is found | C | S1 6 | not built, 2026-06-15
"""


def requirement_rows() -> list[RequirementRow]:
    return [_row(*(cell.strip() for cell in line.split("|"))) for line in _TABLE.strip().splitlines()]


def requirement(name: str) -> RequirementRow:
    known = {row.id: row for row in requirement_rows()}
    return known.get(name) or RequirementRow(name, "MUST", "core", "not in the catalogue", [], "", 1)


def _row(name: str, level: str, feature: str, text: str, judged: str, source: str, reason: str) -> RequirementRow:
    return RequirementRow(name, level, feature, text, judged.split(), source, 0 if reason else PER_ROW, reason)
