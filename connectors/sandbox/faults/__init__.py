"""What the pretend site does wrong when it is told to, and the limits that it keeps."""
