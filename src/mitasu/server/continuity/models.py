"""The tables of 継続."""
