"""Side of the searchers: lab, budget, options, and the driver for ask and tell."""
