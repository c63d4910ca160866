"""From Jira's values to items, gaps, links and evidence."""
