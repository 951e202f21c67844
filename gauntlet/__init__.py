"""Gauntlet: conformance and load testing of EHR integration gateways."""
