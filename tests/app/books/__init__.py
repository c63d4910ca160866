"""Tests of `app/books`."""
