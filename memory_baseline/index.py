"""How well every chunk fits a question: BM25, or inner product of reduced TF-IDF vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import bm25s
import faiss
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_svd


def split_words(text: str) -> list[str]:
    """The words of a text, in order."""
    return text.split()


class Index:
    """Scores of all chunks by the embedder that the parameters name; higher is better."""

    def __init__(self, texts: Sequence[str], parameters: Mapping[str, Any]) -> None:
        self.ngram_max = parameters["ngram_max"]
        self.size = len(texts)
        documents = drop_rare([self.terms(text) for text in texts], parameters["min_df"])
        self.embedder: BM25 | Dense | None = None
        if any(documents):
            bm25 = parameters["embedder"] == "bm25"
            self.embedder = BM25(documents) if bm25 else Dense(documents, parameters)

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        """Shape (questions, chunks); zeros if no chunk has a word."""
        if self.embedder is None or not questions:
            return np.zeros((len(questions), self.size))
        return self.embedder.scores([self.terms(question) for question in questions])

    def terms(self, text: str) -> list[str]:
        """Words, and with ngram_max 2 also the pairs of neighbours."""
        words = split_words(text)
        return words + [" ".join(pair) for pair in pairwise(words) if self.ngram_max > 1]


def drop_rare(documents: Sequence[Sequence[str]], min_df: int) -> list[list[str]]:
    """Only the terms of at least min_df documents; all where no term is as frequent as that."""
    counts = Counter(term for document in documents for term in set(document))
    kept = {term for term, count in counts.items() if count >= min_df} or counts.keys()
    return [[term for term in document if term in kept] for document in documents]


class BM25:
    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self.size = len(documents)
        self.model = bm25s.BM25()
        self.model.index(documents, show_progress=False)

    def scores(self, queries: Sequence[list[str]]) -> np.ndarray:
        nothing = np.zeros(self.size)
        return np.array([self.model.get_scores(query) if query else nothing for query in queries])


class Dense:
    """TF-IDF reduced to lsa_dims by a truncated SVD (latent semantic analysis)."""

    def __init__(self, documents: Sequence[Sequence[str]], parameters: Mapping[str, Any]) -> None:
        self.weigh = TfidfVectorizer(
            analyzer=list,  # of terms, already split
            lowercase=False,
            norm=None,
            sublinear_tf=parameters["sublinear_tf"],
        )
        weights = self.weigh.fit_transform(documents)
        dims = min(parameters["lsa_dims"], *weights.shape)
        _, _, axes = randomized_svd(weights, dims, n_iter=2, random_state=0)
        self.axes = np.ascontiguousarray(axes.T)
        self.index = faiss.IndexFlatIP(dims)
        self.index.add(self.embed(weights))

    def embed(self, weights: Any) -> np.ndarray:
        """Rows of term weights to vectors; shape (rows, dims)."""
        return np.ascontiguousarray(weights @ self.axes, dtype=np.float32)

    def scores(self, queries: Sequence[list[str]]) -> np.ndarray:
        vectors = self.embed(self.weigh.transform(queries))
        scores = np.zeros((len(queries), self.index.ntotal))
        for row, vector in zip(scores, vectors, strict=True):
            # one at a time: in a batch the last digits depend on the other questions
            found, order = self.index.search(vector[None], self.index.ntotal)
            row[order[0]] = found[0]
        return scores
