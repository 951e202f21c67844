"""The vendors whose doubles exist, one folder each."""
