"""What admins, approvers and readers see over REST."""
