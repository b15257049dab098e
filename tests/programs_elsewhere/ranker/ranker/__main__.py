"""Rank the corpus for every query: python -m ranker [config.yaml]"""

import json
import sys

import yaml

from .bm25 import BM25


def read_jsonl(path):
    with open(path) as f:
        return [json.loads(line) for line in f if line.strip()]


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else "config.yaml") as f:
        config = yaml.safe_load(f)
    docs = read_jsonl(config["data"]["corpus"])
    r = config["retrieval"]
    index = BM25(docs, r["k1"], r["b"], config["title_boost"], config["text"])
    with open(config["data"]["output"], "w") as out:
        for query in read_jsonl(config["data"]["queries"]):
            for rank, (doc, score) in enumerate(index.search(query["text"], r["top_k"]), 1):
                out.write(f"{query['_id']}\tQ0\t{doc}\t{rank}\t{score:.6f}\tbm25\n")


if __name__ == "__main__":
    main()
