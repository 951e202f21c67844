"""Writers: charts as NDJSON, Bundles, HL7 v2 messages and Unity rows."""
