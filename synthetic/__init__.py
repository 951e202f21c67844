"""Synthetic hospital population: charts whose truth is known, as a pure function of seed and index."""
