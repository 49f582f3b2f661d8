"""Evidence and facts: append-only, hash-chained; and the audit trail. The ground of the server."""
