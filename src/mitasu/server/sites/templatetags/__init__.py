"""Tags of the pages of a site."""
