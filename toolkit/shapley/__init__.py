"""Shapley values under precedence: pure mathematics, which knows no program and no ledger.

Its words are those of game theory: a player is what the rest of the toolkit calls a part.
"""
