"""The order that loses the least by waiting, when some items block others."""
