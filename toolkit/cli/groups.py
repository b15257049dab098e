"""Groups in which `toolkit -h` shows the commands, and an example of each command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

START = """\
Does a language model that edits your program's code gain more than AutoML, at the same budget?

  toolkit compare     Compare the searchers on a bundled study; no key, no network.
  toolkit init .      Write a study of your own code, without running it.

`toolkit -h` lists all commands, and `toolkit COMMAND -h` explains one."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Run (toolkit compare --budget 50)": (
        "compare", "init", "serve", "run", "score", "attribute", "assess", "selfcheck",
    ),
    "Look (toolkit report daybook-1a2b3c4d)": (
        "report", "watch", "replay", "runs", "plot", "export", "finalize",
    ),
    "Extend (toolkit plugins new annealing)": ("studies", "plugins"),
    "Machine (toolkit doctor)": ("doctor", "data", "completion"),
}  # fmt: skip

EXAMPLES: Mapping[str, str] = {
    "compare": "toolkit compare locomo --budget 50 --searchers random,optuna --seeds 3",
    "init": "toolkit init . --objective 'val_loss minimize' --yes",
    "serve": "toolkit serve digits --budget 50 --port 8080",
    "run": "toolkit run daybook --set top_k=10 --patch my-change.patch",
    "score": "toolkit score daybook outputs.jsonl",
    "attribute": "toolkit attribute daybook-1a2b3c4d --budget 200",
    "assess": "toolkit assess digits",
    "selfcheck": "toolkit selfcheck digits --rounds 50",
    "report": "toolkit report daybook-1a2b3c4d",
    "watch": "toolkit watch daybook-1a2b3c4d",
    "replay": "toolkit replay daybook-1a2b3c4d",
    "runs": "toolkit runs",
    "plot": "toolkit plot daybook-1a2b3c4d anytime",
    "export": "toolkit export daybook-1a2b3c4d --searcher optuna --seed 0",
    "finalize": "toolkit finalize daybook-1a2b3c4d",
    "studies": "toolkit studies daybook --items",
    "plugins": "toolkit plugins new annealing",
    "doctor": "toolkit doctor",
    "data": "toolkit data fetch locomo",
    "completion": 'eval "$(toolkit completion bash)"',
}


def grouped(commands: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Pairs of a group's heading and those of its commands that exist."""
    known = set(commands)
    for group, names in GROUPS.items():
        found = [name for name in names if name in known]
        if found:
            yield group, found
