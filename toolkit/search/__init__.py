"""What a searcher holds and how it is driven: lab, budget, options."""
