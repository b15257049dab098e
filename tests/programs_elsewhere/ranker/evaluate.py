"""nDCG@10 of results.tsv against data/qrels.tsv"""

import csv
import math
from collections import defaultdict

rel = defaultdict(dict)
with open("data/qrels.tsv") as f:
    for row in csv.DictReader(f, delimiter="\t"):
        rel[row["query-id"]][row["corpus-id"]] = int(row["score"])
run = defaultdict(list)
with open("results.tsv") as f:
    for line in f:
        query, _, doc, *_ = line.split("\t")
        run[query].append(doc)


def dcg(gains):
    return sum(g / math.log2(i + 2) for i, g in enumerate(gains[:10]))


total = 0.0
for query, docs in rel.items():
    best = dcg(sorted(docs.values(), reverse=True))
    total += dcg([docs.get(d, 0) for d in run[query]]) / best if best else 0.0
print(f"ndcg@10: {total / len(rel):.4f}")
