"""Tests of `connectors/sandbox`."""
