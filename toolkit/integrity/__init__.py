"""Whether a champion's score is what it seems: what its edits hold, and how it answers otherwise.

`words`, `gold`, `rare`, `redact` and `plan` are pure, `checks` runs programs through the bench,
`section` reads what is on record. Findings are for people: none of them reaches a searcher.
"""
