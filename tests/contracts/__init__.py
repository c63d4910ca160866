"""What Atlassian's own documents say, and everything held against it."""
