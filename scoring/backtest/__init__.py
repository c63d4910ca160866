"""How long the work was predicted to take, against how long it took."""
