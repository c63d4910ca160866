"""What CD3 is measured by: `python -m bench.order` and its like."""
