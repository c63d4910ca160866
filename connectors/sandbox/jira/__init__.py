"""The REST API of the pretend Jira Cloud, one file a noun."""
