"""The reader as a provider of completions, beside those that ask a server."""

from __future__ import annotations

import toolkit

from .reader import MAX_TOKENS, TooLong, completion

MODEL = "toolkit-reader-1"


class ReaderProvider(toolkit.Provider):
    """`reader`: answers here, at once and for nothing. It is no language model."""

    name, price_free, model = "reader", True, MODEL
    deterministic = instant = True

    def __init__(self, argument: str = "") -> None:
        if argument:
            raise toolkit.UserError(
                f"the reader has one model, {MODEL}, and takes no argument, got "
                f"{toolkit.short(argument)}: write `reader`"
            )

    def complete(self, request: toolkit.Request) -> toolkit.Reply:
        limit = request.options.get("max_tokens", MAX_TOKENS)
        try:
            made = completion(request.messages, limit)
        except TooLong as error:
            raise toolkit.TooLong(f"{MODEL}: {error}; send fewer or shorter lines") from error
        return toolkit.Reply(
            made.text, MODEL, made.tokens_in, made.tokens_out, usd=0.0, ending=made.ending
        )
