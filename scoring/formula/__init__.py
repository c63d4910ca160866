"""Formulas that admins write: read, checked for units, and worked out."""
