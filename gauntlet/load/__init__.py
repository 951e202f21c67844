"""Load: arrivals from a rate curve, latency from the intended start, every answer checked for its patient."""
