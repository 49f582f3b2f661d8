"""Search of the register by any condition and code: conditions as a tree, written or chosen, compiled to one query."""
