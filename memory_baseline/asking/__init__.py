"""Answers by a language model, which is asked with what was found in memory."""
