"""Observers: readers of what the gateway writes beside its answers (logs, audit trail, metrics)."""
