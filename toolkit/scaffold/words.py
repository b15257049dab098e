"""Meaning of names: which numbers count, which direction is better, what nobody should tune."""

from __future__ import annotations

import re

LOSSES = {
    "bpb", "bpc", "brier", "conflicts", "cer", "cost", "distance", "energy", "err", "error",
    "gap", "height", "latency", "length", "logloss", "loss", "mae", "makespan",
    "mape", "mse", "nll", "objective", "penalty", "perplexity", "ppl", "regret", "rmse", "rmsle",
    "smape", "tardiness", "violations", "waste", "wer",
}  # fmt: skip
GAINS = {
    "acc", "accuracy", "ap", "auc", "auroc", "bleu", "coverage", "density", "dice", "em", "f1",
    "fitness", "hits", "iou", "jaccard", "kappa", "likelihood", "map", "mcc", "mrr", "ndcg",
    "pearson", "precision", "profit", "psnr", "r2", "radii", "recall", "return", "revenue",
    "reward", "rouge", "score", "spearman", "ssim", "throughput", "utilization", "winrate",
}  # fmt: skip
TIMES = {"elapsed", "ms", "runtime", "sec", "seconds", "secs", "time", "took", "wall", "duration"}
_BESIDE = {
    "batch", "count", "device", "epoch", "epochs", "features", "gb", "iter", "iteration", "lr",
    "mb", "memory", "num", "on", "params", "parameters", "rows", "samples", "seed", "size", "step",
    "steps", "target", "tokens", "checksum", "version", "shape", "failed", "usage",
}  # fmt: skip
_HELD_OUT = {"dev", "eval", "held", "heldout", "holdout", "test", "val", "valid", "validation"}
_TRAINED = {"train", "training", "batch"}
_COMPARED = {"baseline", "chance", "dummy", "naive", "persistence", "reference", "trivial"}
"""what a result is compared with, and is none itself"""

_NEVER = {
    "budget", "cache", "checkpoint", "ckpt", "classes", "column", "csv", "cuda", "cv", "data",
    "dataset", "deadline", "debug", "decimals", "device", "digits", "dir", "directory", "display",
    "dtype", "eval", "evaluation", "every", "file", "filename", "folder", "folds", "gpu", "host",
    "id", "input", "instances", "interval", "jobs", "k_folds", "log", "logging", "metric",
    "n_splits", "name", "output", "path", "plot", "port", "print", "project", "quiet",
    "random_state", "repeats", "report", "resume", "rng", "samples_eval", "save", "seed", "split",
    "target", "test", "threads", "timeout", "token", "tokens", "train_size", "url", "val",
    "validation", "verbose", "version", "vocab", "wandb", "workers",
}  # fmt: skip
_SWITCHES = {
    "amp", "cache", "cpu", "cuda", "debug", "deterministic", "download", "eval", "gpu", "logging",
    "plot", "print", "progress", "quiet", "resume", "save", "smoke", "verbose", "wandb",
}  # fmt: skip
_PARTS = {"dev", "heldout", "holdout", "train", "training", "valid"}
_AMOUNTS = {"frac", "fraction", "part", "pct", "percent", "portion", "ratio", "share"}
"""with the name of a part of the data: how much is learnt from and how much is judged"""
_PROBLEM = {
    "bounds", "capacity", "classes", "height", "instances", "items", "n", "n_items", "num_items",
    "num_classes", "size", "width", "num_circles", "n_circles", "nodes", "cities", "n_cities",
}  # fmt: skip
"""whole names of constants that say how large the problem is"""

_WORK = {
    "epochs", "estimators", "evals", "generations", "iter", "iterations", "iters", "passes",
    "restarts", "rounds", "steps", "sweeps", "trees",
}  # fmt: skip
"""counts of what a program does: more of them takes longer"""


def split(name: str) -> list[str]:
    """Words of a name: `valLoss`, `val_loss` and `Val loss` are val and loss."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def _like(word: str, known: set[str]) -> bool:
    return word in known or word.rstrip("0123456789") in known - {"r", "f"}


def _is_rate_of_bits(name: str) -> bool:
    """True for `bits per byte` and `bits per character`; a number of bits alone is a setting."""
    return {"bits", "per"} <= set(split(name))


def direction(name: str) -> str:
    """`minimize`, `maximize`, or "" where the name does not say."""
    if _is_rate_of_bits(name):
        return "minimize"
    for word in reversed(split(name)):
        if _like(word, LOSSES) or word in TIMES:
            return "minimize"
        if _like(word, GAINS):
            return "maximize"
    return ""


def is_time(name: str) -> bool:
    words = split(name)
    return bool(set(words) & TIMES) and not any(
        _like(word, LOSSES) or _like(word, GAINS) for word in words
    )


def weight(name: str) -> int:
    """Likelihood that a printed number is the one that counts; below 0: it is not."""
    words = set(split(name))
    known = any(_like(word, LOSSES) or _like(word, GAINS) for word in words)
    known = known or _is_rate_of_bits(name)
    if is_time(name) or (words & _BESIDE and not known):
        return -1
    found = 2 if known else 0
    found += bool(words & _HELD_OUT) + bool(words & {"combined", "final", "best", "mean"})
    return found - 2 * bool(words & (_TRAINED | _COMPARED))


def tunable(name: str, *, switch: bool = False) -> bool:
    """False for seeds, paths, amounts of data and of evaluation, and what only shows progress.

    switch: it is true or false, which no path and no amount is: `log_target` is one.
    """
    words = split(name)
    joined = "_".join(words)
    if switch:
        return joined not in _NEVER and not set(words) & _SWITCHES
    if set(words) & _PARTS and set(words) & _AMOUNTS:
        return False
    return not (set(words) | {joined}) & _NEVER


def buys_time(name: str) -> bool:
    """True where a larger value plainly makes the program work longer, as `n_estimators` does."""
    words = split(name)
    return bool(set(words) & _WORK) or "_".join(words).endswith("boost_round")


def is_problem(name: str) -> bool:
    """True where a constant's whole name says how large the problem is."""
    return "_".join(split(name)) in _PROBLEM
