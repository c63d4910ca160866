"""What ranges of estimates do to an order: ranks, regret, and what to refine first."""
