"""Autoresearch: a language model reads the code and the failures, and edits."""

from __future__ import annotations

from typing import Literal

import toolkit
from searchers.autoresearcher.greedy import Greedy
from searchers.autoresearcher.loop import Loop
from searchers.autoresearcher.requests.now import HONEST_VIEW, PROMPT_TOKENS
from searchers.autoresearcher.research import Options

LoopName = Literal["greedy", "stages"]
LOOP: LoopName = "greedy"
"""the loop that runs where nobody names one"""
STAGED = ("guard", "repairs", "replicate", "prune", "prompt_tokens", "honest")
"""options of the staged loop alone"""
MOST_REPAIRS = 3
LEAST_TOKENS = 4000
"""of a request: its form alone has a half of them"""


class Autoresearch:
    """Asks a language model for edits, tries each, and keeps what raises the score.

    loop: greedy, or stages. scope: code, or parameters only (the same model, as a control). sees:
    failures of the search split, or scores only. failures: how many are shown. Of the stages alone:
    guard: clusters that are not shown must not fall when the rest rises. repairs: requests to mend
    an edit that fails. replicate: run a gain that could be luck once more. prune: remove kept edits
    that have become worthless. prompt_tokens: the most of a request, at four characters each.
    honest: tell the model that gains which only suit the scorer do not count, and show it scores by
    the study's symmetric rule.
    """

    controls = {"scope": "parameters", "sees": "scores"}  # noqa: RUF012 - nobody changes it
    """options that hold it back in one respect each"""

    def __init__(
        self,
        *,
        loop: LoopName = LOOP,
        scope: Literal["code", "parameters"] = "code",
        sees: Literal["failures", "scores"] = "failures",
        failures: int = 16,
        guard: bool = True,
        repairs: int = MOST_REPAIRS,
        replicate: bool = True,
        prune: bool = True,
        prompt_tokens: int = PROMPT_TOKENS,
        honest: bool = False,
    ) -> None:
        if failures < 1:
            raise toolkit.UserError(f"autoresearch.failures must be at least 1, got {failures}")
        if not 0 <= repairs <= MOST_REPAIRS:
            raise toolkit.UserError(
                f"autoresearch.repairs must be from 0 to {MOST_REPAIRS}, got {repairs}"
            )
        if prompt_tokens < LEAST_TOKENS:
            raise toolkit.UserError(
                f"autoresearch.prompt_tokens must be at least {LEAST_TOKENS}, got {prompt_tokens}"
            )
        self.loop = loop
        self.searches_for = HONEST_VIEW if honest else ""
        self.options = Options(
            scope, sees, failures, guard, repairs, replicate, prune, prompt_tokens, honest
        )
        if loop != "stages":
            _refuse_staged(self.options)

    def check_study(self, outline: toolkit.Outline) -> None:
        if self.options.scope == "parameters":
            outline.need_parameters()

    def run(self, lab: toolkit.Lab) -> str | None:
        own = self.options
        if self.loop == "stages":
            return Loop(lab, own).run()
        Greedy(lab, scope=own.scope, sees=own.sees, failures=own.failures).run()
        return None


def _refuse_staged(options: Options) -> None:
    """Refuse options that another loop would not heed."""
    usual = Options()
    for name in STAGED:
        given = getattr(options, name)
        if given != getattr(usual, name):
            told = str(given).lower()
            raise toolkit.UserError(
                f"autoresearch.{name}={told} is an option of the staged loop: add "
                "-o autoresearch.loop=stages, or leave it out"
            )


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register(
        "autoresearch",
        Autoresearch,
        summary="a language model edits the code, one cause an edit",
        uses_llm=True,
    )
