"""Ask what if, many times."""
