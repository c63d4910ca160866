"""Tests of `connectors/pages`."""
