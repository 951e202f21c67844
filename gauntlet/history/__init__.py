"""Histories of writes under faults, and the judge of whether each took effect as often as the consumer was told."""
