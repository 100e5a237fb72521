"""Writes: one function for each thing that can happen. A service never commits."""
