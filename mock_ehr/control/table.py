"""All routes of the control API: one line for each noun."""

from __future__ import annotations

from mock_ehr.control import (
    certificates,
    clients,
    clock,
    consents,
    counters,
    faults,
    groups,
    health,
    hl7v2,
    journal,
    launches,
    limits,
    openapi,
    page,
    paging,
    reset,
    resources,
    tokens,
)
from mock_ehr.control.route import Route

ROUTES: tuple[Route, ...] = (
    *page.ROUTES,
    *health.ROUTES,
    *openapi.ROUTES,
    *clients.ROUTES,
    *journal.ROUTES,
    *faults.ROUTES,
    *clock.ROUTES,
    *tokens.ROUTES,
    *launches.ROUTES,
    *paging.ROUTES,
    *limits.ROUTES,
    *counters.ROUTES,
    *resources.ROUTES,
    *consents.ROUTES,
    *certificates.ROUTES,
    *groups.ROUTES,
    *hl7v2.ROUTES,
    *reset.ROUTES,
)
