"""The work behind the receiver: from deliveries to marks to one rescore a backlog."""
