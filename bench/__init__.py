"""Benchmarks of what people wait for; `make bench` runs them. docs/performance.md keeps the figures."""
