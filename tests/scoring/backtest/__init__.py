"""Tests of predicted against actual durations."""
