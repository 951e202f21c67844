"""A double of Epic's FHIR R4 API for backend systems."""
