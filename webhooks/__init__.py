"""In: Jira's deliveries to our words. Sends nothing."""
