"""What `cd3 doctor` and `POST /sites/{site}/check` look at: one finding a check."""
