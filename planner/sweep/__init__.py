"""Sweeps: many scenarios through the same stream, in parallel, and what they teach."""
