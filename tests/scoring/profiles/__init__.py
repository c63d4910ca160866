"""Tests of the order over time."""
