"""Ranks documents by words in common; long documents are punished."""

COUNT_ONCE = False


def run(context, inputs, parameters, services):
    return [rank(context, query.split(), parameters["length_penalty"]) for query in inputs]


def rank(corpus, query, penalty):
    def score(name):
        words = corpus[name].split()
        hits = len(set(query) & set(words)) if COUNT_ONCE else sum(w in query[:1] for w in words)
        return hits / len(words) ** penalty

    return sorted(corpus, key=lambda name: (-score(name), name))[:10]
