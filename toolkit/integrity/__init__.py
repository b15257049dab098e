"""Integrity of scores: contents of a champion's edits, and its outputs when it is run otherwise.

`checks` runs programs through the bench, `section` reads what is on record, all others are pure.
Findings are for people: none of them reaches a searcher.
"""
