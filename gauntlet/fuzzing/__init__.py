"""The published API under Schemathesis: OpenAPI of what is claimed, own judgements, one process, one verdict."""
