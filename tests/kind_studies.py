"""Small studies whose task is a kind, written file by file."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from toolkit.errors import StudyError
from toolkit.study import study as study_files

CIRCLES = """
import math

COUNT = 4


def check(circles):
    if len(circles) != COUNT:
        raise ValueError(f"{len(circles)} circles, and {COUNT} are wanted")
    for x, y, r in circles:
        if min(x - r, y - r, 1 - x - r, 1 - y - r) < -1e-12:
            return f"the circle at ({x:g}, {y:g}) leaves the square"
    for n, (x, y, r) in enumerate(circles):
        for u, v, s in circles[:n]:
            if math.hypot(x - u, y - v) < r + s - 1e-12:
                raise ValueError("two circles overlap")
    return sum(r for _, _, r in circles)
"""
PACK = """
def run(context, inputs, parameters, services):
    r = parameters["radius"]
    return [[[x, y, r] for x in (0.25, 0.75) for y in (0.25, 0.75)] for _ in inputs]
"""
VALIDATED = """
name = "circles"

[code]
path = "program"
entry = "program.pack:run"
editable = ["program/*.py"]

[task]
kind = "validated"
check = "check.py:check"
reference = 1.0

[parameters]
radius = { float = [0.05, 0.3], default = 0.1 }
"""
SORT = """
def run(context, inputs, parameters, services):
    return [ordered(one) for one in inputs]


def ordered(values):
    values, done = list(values), False
    while not done:
        done = True
        for n in range(len(values) - 1):
            if values[n] > values[n + 1]:
                values[n], values[n + 1] = values[n + 1], values[n]
                done = False
    return values
"""
TIMED = """
name = "sorting"

[code]
path = "program"
entry = "program.sort:run"
editable = ["program/*.py"]

[task]
kind = "timed"
cases = "cases.json"
"""
TABLE = """
name = "prices"

[code]
path = "program"
entry = "program.model:run"
editable = ["program/*.py"]

[task]
kind = "table"
file = "homes.csv"
id = "home"
target = "price"
metric = "rmse"

[parameters]
share = { float = [0.0, 2.0], default = 0.5 }
"""
MODEL = """
from statistics import fmean


def run(context, inputs, parameters, services):
    each = fmean(row["price"] / row["rooms"] for row in context)
    return [parameters["share"] * each * row["rooms"] for row in inputs]
"""
RANKING = """
name = "notes"

[code]
path = "program"
entry = "program.search:run"
editable = ["program/*.py"]

[task]
kind = "ranking"
corpus = "corpus.jsonl"
queries = "queries.jsonl"
qrels = "qrels.tsv"
metric = "ndcg@3"

[parameters]
backwards = { flag = true, default = true }
"""
SEARCH = """
def run(context, inputs, parameters, services):
    def order(query):
        words = set(query.split())
        score = lambda one: (len(words & set(one["text"].split())), one["id"])
        return [one["id"] for one in sorted(context, key=score, reverse=not parameters["backwards"])]

    return [order(query) for query in inputs]
"""
PRINTED = """
name = "bits"

[code]
path = "."
script = ["python", "train.py"]
editable = ["train.py"]

[task]
kind = "printed"
pattern = 'val_bpb:\\s*(\\S+)'

[objective]
direction = "minimize"
"""
TRAIN = """
LEVEL = 1.5
print("step 1 val_bpb: 3.0")
print(f"val_bpb: {LEVEL}")
"""
TABLE_SCRIPT = (
    TABLE.replace(
        'path = "program"\nentry = "program.model:run"\n',
        'path = "."\nscript = ["python", "fit.py"]\n',
    )
    .replace("program/*.py", "fit.py")
    .partition("[parameters]")[0]
)
FIT = """
import csv

with open("train.csv") as file:
    train = list(csv.DictReader(file))
each = sum(float(row["price"]) / float(row["rooms"]) for row in train) / len(train)
with open("asked.csv") as file, open("predictions.csv", "w") as left:
    left.write("home,prediction\\n")
    for row in csv.DictReader(file):
        assert "price" not in row
        left.write(f"{row['home']},{each * float(row['rooms'])}\\n")
"""
RANKING_SCRIPT = (
    RANKING.replace(
        'path = "program"\nentry = "program.search:run"\n',
        'path = "."\nscript = ["python", "find.py"]\n',
    )
    .replace("program/*.py", "find.py")
    .partition("[parameters]")[0]
)
FIND = """
import json

corpus = [json.loads(line) for line in open("corpus.jsonl")]
with open("run.trec", "w") as left:
    for query in map(json.loads, open("queries.jsonl")):
        for one in corpus:
            if query["text"] in one["text"].split():
                left.write(f"{query['_id']} Q0 {one['_id']} 1 {-corpus.index(one)} mine\\n")
"""
TIMED_SCRIPT = (
    TIMED.replace(
        'path = "program"\nentry = "program.sort:run"\n',
        'path = "."\nscript = ["python", "sort.py"]\n',
    )
    .replace("program/*.py", "sort.py")
    .replace('cases = "cases.json"', "ignore = 'seconds: .*'")
)
SORTED = """
import time

began = time.time()
print(sorted([3, 1, 2]))
print("seconds:", time.time() - began)
"""


def write(folder: Path, study: str, files: Mapping[str, str]) -> Path:
    """A study and its files; the folder."""
    for name, text in {"study.toml": study, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def circles(folder: Path, study: str = VALIDATED, **files: str) -> Path:
    return write(folder, study, {"program/pack.py": PACK, "check.py": CIRCLES, **files})


def sorting(folder: Path, study: str = TIMED, program: str = SORT, *, answers: bool = True) -> Path:
    rng = random.Random(3)
    inputs = [[rng.randrange(1000) for _ in range(120)] for _ in range(8)]
    cases = [{"input": one, **({"answer": sorted(one)} if answers else {})} for one in inputs]
    return write(folder, study, {"program/sort.py": program, "cases.json": json.dumps(cases)})


def homes(folder: Path, study: str = TABLE, program: str = MODEL, rows: int = 60) -> Path:
    write(folder, study, {"program/model.py": program})
    rng = random.Random(5)
    with (folder / "homes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["home", "rooms", "street", "price"])
        for n in range(rows):
            rooms = rng.randint(1, 9)
            writer.writerow(
                [f"h{n:03d}", rooms, rng.choice("abc"), rooms * 100 + rng.randint(0, 9)]
            )
    return folder


def notes(folder: Path, study: str = RANKING, program: str = SEARCH) -> Path:
    """Eight documents; query n is about documents n and n + 1, and the last one about none."""
    corpus = [{"_id": f"d{n}", "title": "", "text": f"word{n} word{n + 1}"} for n in range(8)]
    queries = [{"_id": f"q{n}", "text": f"word{n + 1}"} for n in range(7)]
    rows = ["query-id\tcorpus-id\tscore"]
    for n in range(6):
        rows += [f"q{n}\td{n}\t2", f"q{n}\td{n + 1}\t1"]
    files = {
        "program/search.py": program,
        "corpus.jsonl": "".join(json.dumps(one) + "\n" for one in corpus),
        "queries.jsonl": "".join(json.dumps(one) + "\n" for one in queries),
        "qrels.tsv": "\n".join([*rows, "q6\td0\t0"]) + "\n",
    }
    return write(folder, study, files)


def bits(folder: Path, study: str = PRINTED, program: str = TRAIN) -> Path:
    return write(folder, study, {"train.py": program})


def fitted(folder: Path, study: str = TABLE_SCRIPT, program: str = FIT) -> Path:
    homes(folder, study)
    return write(folder, study, {"fit.py": program})


def found(folder: Path, study: str = RANKING_SCRIPT, program: str = FIND) -> Path:
    notes(folder, study)
    return write(folder, study, {"find.py": program})


def sorted_script(folder: Path, study: str = TIMED_SCRIPT, program: str = SORTED) -> Path:
    return write(folder, study, {"sort.py": program})


def told(study: Path) -> str:
    """Message with which a study is refused."""
    with pytest.raises(StudyError) as error:
        study_files.load(study).task()
    return str(error.value)
