"""The pages of 継続."""
