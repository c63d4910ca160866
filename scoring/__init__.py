"""What the work is worth, in which order, by which moves: values in, values out."""
