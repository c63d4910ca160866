"""Pure page builders: summaries in, Confluence storage format out."""
