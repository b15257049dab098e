import math
from collections import Counter, defaultdict

from .text import tokenize


class BM25:
    def __init__(self, docs, k1, b, title_boost, text_options):
        self.k1, self.b, self.options = k1, b, text_options
        self.postings = defaultdict(dict)
        self.lengths = {}
        for doc in docs:
            counts = Counter(tokenize(doc["text"], **text_options))
            for word in tokenize(doc.get("title", ""), **text_options):
                counts[word] += title_boost
            self.lengths[doc["_id"]] = sum(counts.values())
            for word, n in counts.items():
                self.postings[word][doc["_id"]] = n
        self.mean = sum(self.lengths.values()) / max(1, len(self.lengths))

    def search(self, query, k):
        scores = defaultdict(float)
        for word in tokenize(query, **self.options):
            found = self.postings.get(word, {})
            idf = math.log(1 + (len(self.lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for doc, n in found.items():
                norm = 1 - self.b + self.b * self.lengths[doc] / self.mean
                scores[doc] += idf * n * (self.k1 + 1) / (n + self.k1 * norm)
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:k]
