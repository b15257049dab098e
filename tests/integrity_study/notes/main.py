"""Says whether it is true, and nothing else."""


def run(conversation, questions, parameters, services):
    return [
        {"answer": answer(conversation, question["text"]), "retrieved": []}
        for question in questions
    ]


def answer(conversation, question):
    return "no" if "true" in question else ""
