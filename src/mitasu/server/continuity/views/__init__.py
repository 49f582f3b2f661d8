"""The pages of 継続, one module a screen."""
