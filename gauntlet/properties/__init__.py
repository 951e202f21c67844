"""Checks by properties: examples drawn by Hypothesis, judged against a small model, shrunk when one fails."""
