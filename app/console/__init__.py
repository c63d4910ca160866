"""The command cd3."""
