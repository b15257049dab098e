"""Scores of every chunk for a question: dense vectors (LSA) or BM25."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import bm25s
import faiss
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_svd


class Index(Protocol):
    def scores(self, questions: Sequence[str]) -> np.ndarray:
        """How well each chunk fits each question; shape (questions, chunks)."""
        ...


def split_words(text: str) -> list[str]:
    """The words of a text, in order."""
    return text.split()


def terms(text: str, ngram_max: int) -> list[str]:
    """Words, and with ngram_max 2 also the pairs of neighbours."""
    words = split_words(text)
    if ngram_max < 2:
        return words
    return words + [f"{left} {right}" for left, right in pairwise(words)]


def pick_vocabulary(documents: Sequence[Sequence[str]], min_df: int) -> list[str]:
    """Terms of at least min_df documents; all of them where none is as frequent as that."""
    counts = Counter(term for document in documents for term in set(document))
    frequent = [term for term, count in counts.items() if count >= min_df]
    return sorted(frequent or counts)


def build_index(texts: Sequence[str], parameters: Mapping[str, Any]) -> Index:
    """The index that the parameters ask for."""
    documents = [terms(text, parameters["ngram_max"]) for text in texts]
    vocabulary = pick_vocabulary(documents, parameters["min_df"])
    if not vocabulary:
        return EmptyIndex(len(texts))
    kind = BM25Index if parameters["embedder"] == "bm25" else DenseIndex
    return kind(documents, vocabulary, parameters)


class EmptyIndex:
    """For texts without a single word: everything fits equally badly."""

    def __init__(self, size: int) -> None:
        self.size = size

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        return np.zeros((len(questions), self.size))


class BM25Index:
    """Okapi BM25 over the terms of each chunk."""

    def __init__(
        self,
        documents: Sequence[Sequence[str]],
        vocabulary: Sequence[str],
        parameters: Mapping[str, Any],
    ) -> None:
        self.ngram_max = parameters["ngram_max"]
        self.known = frozenset(vocabulary)
        self.size = len(documents)
        self.model = bm25s.BM25()
        self.model.index([self.keep(document) for document in documents], show_progress=False)

    def keep(self, document: Sequence[str]) -> list[str]:
        return [term for term in document if term in self.known]

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        scores = np.zeros((len(questions), self.size))
        for row, question in zip(scores, questions, strict=True):
            if known := self.keep(terms(question, self.ngram_max)):
                row[:] = self.model.get_scores(known)
        return scores


class DenseIndex:
    """TF-IDF reduced by a truncated SVD (latent semantic analysis), searched by inner product."""

    def __init__(
        self,
        documents: Sequence[Sequence[str]],
        vocabulary: Sequence[str],
        parameters: Mapping[str, Any],
    ) -> None:
        self.ngram_max = parameters["ngram_max"]
        self.weigh = TfidfVectorizer(
            analyzer=list,  # documents come as lists of terms
            vocabulary=vocabulary,
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

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        queries = self.embed(self.weigh.transform([terms(q, self.ngram_max) for q in questions]))
        scores = np.zeros((len(questions), self.index.ntotal))
        for row, query in zip(scores, queries, strict=True):
            # one at a time: in a batch the last digits depend on the other questions
            found, order = self.index.search(query[None], self.index.ntotal)
            row[order[0]] = found[0]
        return scores
