"""Whether a champion's score is what it seems: what its edits hold, and how it answers otherwise.

`checks` runs programs through the bench, `section` reads what is on record, all others are pure.
Findings are for people: none of them reaches a searcher.
"""
