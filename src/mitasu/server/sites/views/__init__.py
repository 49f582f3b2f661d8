"""The pages of a site, one module for each screen."""
