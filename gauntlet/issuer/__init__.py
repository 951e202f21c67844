"""An OAuth issuer of consumer tokens; the harness holds its keys and mints right and wrong tokens itself."""
