"""Estimate where and when transfers happen."""
