"""The API for programs: `/api/v1`, OpenAPI 3.1, tokens with scopes, errors as problem+json (RFC 9457)."""
