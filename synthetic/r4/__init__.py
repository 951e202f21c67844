"""Rules of FHIR R4 (4.0.1) and US Core 6.1.0, compiled from the official definitions into Python checks."""
