"""Registers the bundled providers, as any plugin would."""

from __future__ import annotations

from typing import Any

from ..hookspecs import RegisterFactory, hookimpl


def openai(argument: str) -> Any:
    from .openai import OpenAiProvider

    return OpenAiProvider(argument)


def inbox(argument: str) -> Any:
    from .inbox import InboxProvider

    return InboxProvider(argument)


def recorded(argument: str) -> Any:
    from .recorded import RecordedProvider

    return RecordedProvider(argument)


@hookimpl
def register_llms(register: RegisterFactory) -> None:
    register("openai", openai, summary="openai:MODEL, any server that speaks chat completions")
    register("inbox", inbox, summary="inbox:DIR, requests and answers as files in a folder")
    register("recorded", recorded, summary="recorded[:FILE], replies from an exported journal")
