"""A champion as changes that a colleague can review: first those that are worth it."""
