"""Language models: one gateway that meters and journals, and interchangeable providers."""
