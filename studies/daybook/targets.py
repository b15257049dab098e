"""Measures what daybook has to be: python -m studies.daybook.targets.

Scores of the naive pipeline, of its reader where it is given the right turns, of 50 trials of TPE,
and of constants, on every split.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna

from memory_baseline.pipeline import run
from studies.daybook.task import Daybook
from studies.memory import output

HERE = Path(__file__).parent
SPACE = HERE.parent / "memory.toml"
SPLITS = tomllib.loads((HERE / "study.toml").read_text(encoding="utf-8"))["splits"]
DEFAULTS = {
    name: spec["default"]
    for name, spec in tomllib.loads(SPACE.read_text(encoding="utf-8"))["parameters"].items()
}
TRIALS = 50
SEEDS = (0, 1, 2)

Answer = Callable[[str, list[str]], list[str]]  # (conversation, ids of its items) -> answers


class Corpus:
    """daybook with a score for any way of answering."""

    def __init__(self) -> None:
        task = Daybook(HERE)
        self.contexts, self.evidence, self.vault = task.contexts(), task.evidence(), task.vault()
        self.items = {item.id: item for item in task.items()}
        self.splits = {
            split: list(dict.fromkeys(i.call for i in self.items.values() if i.cluster in banks))
            for split, banks in SPLITS.items()
        }

    def score(self, split: str, answer: Answer) -> dict[str, float]:
        """Means over a split: {category: score}, and "1-4" for the objective."""
        scores: dict[str, list[float]] = {}
        for name in self.splits[split]:
            ids = [id for id, item in self.items.items() if item.call == name]
            for id, given in zip(ids, answer(name, ids), strict=True):
                gold = self.vault.gold[id]
                score = self.vault.scorer(gold, output(given)) if self.vault.scorer else 0.0
                scores.setdefault(gold.kind, []).append(score)
                if gold.kind in self.vault.counted:
                    scores.setdefault("1-4", []).append(score)
        return {kind: sum(found) / len(found) for kind, found in sorted(scores.items())}

    def pipeline(self, parameters: Mapping[str, Any]) -> Answer:
        """Scores of the naive pipeline from end to end."""

        def answer(name: str, ids: list[str]) -> list[str]:
            return self._run(self.contexts[name], ids, parameters)

        return answer

    def reader(self, parameters: Mapping[str, Any]) -> Answer:
        """Scores of its reader, given the evidence: a conversation that holds these turns only."""

        def answer(name: str, ids: list[str]) -> list[str]:
            kept = {id: only(self.contexts[name], self.evidence[id]) for id in ids}
            return [self._run(kept[id], [id], parameters)[0] for id in ids]

        return answer

    def _run(self, context: Any, ids: list[str], parameters: Mapping[str, Any]) -> list[str]:
        questions = [self.items[id].input["text"] for id in ids]
        return [
            found["answer"] for found in run(context, questions, {**DEFAULTS, **parameters}, None)
        ]


def only(conversation: Mapping[str, Any], turns: Sequence[str]) -> dict[str, Any]:
    sessions = [
        {**session, "turns": [turn for turn in session["turns"] if turn["id"] in turns]}
        for session in conversation["sessions"]
    ]
    return {**conversation, "sessions": [session for session in sessions if session["turns"]]}


def tune(corpus: Corpus, seed: int) -> dict[str, Any]:
    """The best of TPE's trials on the search split."""
    space = tomllib.loads(SPACE.read_text(encoding="utf-8"))["parameters"]

    def objective(trial: optuna.Trial) -> float:
        parameters = {name: suggest(trial, name, spec) for name, spec in space.items()}
        return corpus.score("search", corpus.pipeline(parameters))["1-4"]

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=TRIALS)
    return study.best_params


def suggest(trial: optuna.Trial, name: str, spec: Mapping[str, Any]) -> Any:
    if "choices" in spec:
        return trial.suggest_categorical(name, spec["choices"])
    if "flag" in spec:
        return trial.suggest_categorical(name, [False, True])
    log = spec.get("log", False)
    if "int" in spec:
        return trial.suggest_int(name, *spec["int"], log=log)
    return trial.suggest_float(name, *spec["float"], log=log)


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    corpus = Corpus()
    rows = {
        "naive pipeline, defaults": corpus.pipeline({}),
        "its reader, given the evidence": corpus.reader({}),
    }
    for seed in SEEDS:
        best = tune(corpus, seed)
        rows[f"TPE, {TRIALS} trials, seed {seed}"] = corpus.pipeline(best)
        rows[f"its reader, tuned by seed {seed}, given the evidence"] = corpus.reader(best)
    for name, constant in (("refuse", "No information available"), ("yes", "Yes")):
        rows[f"always {name!r}"] = lambda _, ids, constant=constant: [constant] * len(ids)
    print("| | split | 1-4 | multi-hop | temporal | open-domain | single-hop | adversarial |")
    print("|---|---|---|---|---|---|---|---|")
    for name, answer in rows.items():
        for split in corpus.splits:
            score = corpus.score(split, answer)
            kinds = ("1-4", "multi-hop", "temporal", "open-domain", "single-hop", "adversarial")
            print(
                f"| {name} | {split} | " + " | ".join(f"{score[kind]:.3f}" for kind in kinds) + " |"
            )


if __name__ == "__main__":
    main()
