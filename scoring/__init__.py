"""What the work is worth, in which order, by which moves. Pure: values in, values out."""
