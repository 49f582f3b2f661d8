"""How the application is put together: settings, addresses, headers, keys and the way it starts."""
