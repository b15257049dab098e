"""The durable record of a run, and the state that it folds into."""
