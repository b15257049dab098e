"""A champion as changes that a colleague can review: those that are worth it first, others apart."""
