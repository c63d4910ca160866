"""The service: keeps the books, runs the errands, answers admins and the console."""
