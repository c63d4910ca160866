"""Ranges, ranks, samples and the value of refining."""
