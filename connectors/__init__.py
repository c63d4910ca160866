"""Out: our words to Jira and Confluence. Stores nothing."""
