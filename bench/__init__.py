"""Benchmarks of Mitasu (`make bench`)."""
