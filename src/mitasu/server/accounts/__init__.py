"""Users, the sites (institutions) they work for, their roles there, tokens and sign-in links."""
