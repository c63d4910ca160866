"""Tests of `app/console`."""
