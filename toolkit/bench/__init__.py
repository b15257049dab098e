"""Programs run and judged: the only room that sees both code and gold."""
