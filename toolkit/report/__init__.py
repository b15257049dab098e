"""Everything that people read of a run, made from the folded ledger alone."""
