"""Writers: charts as NDJSON and as Bundles."""
