"""Tests of `app/work`."""
