"""One pretend Atlassian site: Jira and Confluence on a real HTTP server."""
