"""Veradigm FHIR R4: read-only, whatever its CapabilityStatement says."""
