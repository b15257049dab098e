"""Replies that edit the prompts of daybook-llm, and a server that gives them."""

from __future__ import annotations

from scripted import Answer

SHORT = """# EDIT
LABEL: prompt
HYPOTHESIS: full sentences cost precision
FILE: memory_baseline/prompts/naive.md
<<<<<<< SEARCH
Tell what you know about the question in full sentences, with all the details that may help.
=======
Answer with a short phrase only.
>>>>>>> REPLACE
"""
DATED = """# EDIT
LABEL: prompt
HYPOTHESIS: nobody can tell when something happened who does not know when it was said
FILE: memory_baseline/prompts/turn.md
```
[{date}] {speaker}: {content}
```
FILE: memory_baseline/prompts/naive.md
<<<<<<< SEARCH
Question: {question}
=======
Question: {question}

If the question asks when something happened, answer with the date, such as 8 May 2023.
>>>>>>> REPLACE
"""
GONE = """# EDIT
LABEL: prompt
HYPOTHESIS: the prompt is not needed
DELETE: memory_baseline/prompts/naive.md
"""


def researcher(number: int, prompt: str) -> Answer:
    """Two edits of prompts that gain, one that deletes the prompt, then values of a parameter."""
    if number == 0:
        return Answer("\n".join((SHORT, DATED, GONE)))
    edit = "# EDIT\nLABEL: hyperparameter\nHYPOTHESIS: more\nSET: top_k = "
    return Answer(f"{edit}{6 + number}\n")


def echo(number: int, prompt: str) -> Answer:
    """A reader that says the last word of the first memory that it is shown."""
    spoken = [line for line in prompt.splitlines() if ": " in line and "Question" not in line]
    return Answer(spoken[0].split()[-1] if spoken else "nothing")
