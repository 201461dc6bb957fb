"""Read reports of past transfers."""
