"""The nightly pull of key sets: a key that was rotated today proves nothing before tomorrow (V1 V3)."""

from __future__ import annotations

from datetime import timedelta

from mock_ehr.vendors.allscripts.clients import FhirClient
from synthetic.writers.hospital_clock import hospital_time


def next_pull(since: float, hour: int) -> float:
    """Return when the first pull after `since` (epoch s) is: at that hour of the hospital's clocks."""
    local = hospital_time(int(since))
    day = local.date() if local.hour < hour else local.date() + timedelta(1)
    for early in range(4, 6):  # hours that the hospital is behind UTC
        seconds = (day.toordinal() - 719_163) * 86_400 + (hour + early) * 3600
        if hospital_time(seconds).hour == hour:
            return float(seconds)
    return float((day.toordinal() - 719_163) * 86_400 + (hour + 5) * 3600)  # the hour that spring leaves out


def pull(client: FhirClient, now: float, hour: int) -> None:
    """Let the published key set count when a night has passed since the last pull."""
    if client.pulled is not client.published and now >= next_pull(client.pulled_at, hour):
        client.pulled = client.published
    if now >= next_pull(client.pulled_at, hour):
        client.pulled_at = now
