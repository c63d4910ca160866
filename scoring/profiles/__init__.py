"""The order when cost of delay changes over time: profiles and outside deadlines."""
