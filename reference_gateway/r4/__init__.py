"""The part of FHIR R4 that the gateway knows: datatypes, the resource types it serves, and a structure checker."""
