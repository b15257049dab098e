"""Places where jobs run: they see programs and inputs, never gold."""
