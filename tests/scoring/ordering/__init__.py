"""Tests of the order."""
