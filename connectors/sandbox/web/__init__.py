"""A small view of the pretend site for a person: backlog, pages, what went out."""
