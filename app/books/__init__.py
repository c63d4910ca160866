"""The books: our own tables and the stores that read and write them."""
