"""What only a pretend Data Center has: its search, its webhooks, its Confluence."""
