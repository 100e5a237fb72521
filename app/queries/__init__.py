"""Reads: one function for each question that a page or a worker asks."""
