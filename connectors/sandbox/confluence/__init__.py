"""The pretend site's Confluence Cloud: REST v2 and what is left of v1."""
