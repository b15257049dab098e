"""Prompts for the bundled reader: a conversation of five lines, and questions about it."""

from __future__ import annotations

from studies.reader.reader import complete

LINES = (
    "[8 May 2023] Nora: I went to a pottery class yesterday and it was great.",
    "[8 May 2023] Tom: Nice! Who taught it?",
    "[8 May 2023] Nora: A potter called Edda Holm, she has three kilns.",
    "[10 June 2023] Tom: We took the kids to Lisbon last week. We saw trams, tiles and two castles.",
    "[10 June 2023] Nora: My sister moved to Bergen because she found a job there.",
)
CONTEXT = "\n".join(LINES)
WHEN = "When did Nora go to the pottery class?"
WHERE = "Where did Nora's sister move?"
WHY = "Why did Nora's sister move to Bergen?"
MANY = "How many kilns does the potter have?"
SIGHTS = "What sights did Tom see?"
TRUTH = "Did Nora go to a pottery class?"
MISSING = "Which violin does Tom's uncle play?"
PHRASE = "Answer with a short phrase only."


def ask(question: str, system: str = "", *, context: str = CONTEXT, end: str = "") -> str:
    """Answer to a prompt of the usual form. end: what stands behind the question."""
    text = f"Conversation:\n{context}\n\nQuestion: {question}\n{end}"
    messages = [{"role": "user", "content": text}]
    if system:
        messages.insert(0, {"role": "system", "content": system})
    return complete(messages)
