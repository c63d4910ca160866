"""Tests of `scoring.reading`."""
