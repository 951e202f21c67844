"""Hypothesis strategies over the population: every example is a chart by its index, so it shrinks towards chart 0.

Needs hypothesis, which nothing else of this package needs: import its modules in property tests only.
"""
