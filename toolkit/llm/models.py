"""Language models by their names, as an option or a study gives them."""

from __future__ import annotations

from ..errors import PluginError
from ..plugins import Registry, to_plugin_error
from .provider import Provider


def made(registry: Registry, given: str, option: str = "--llm") -> Provider:
    """Provider of NAME:ARGUMENT; raises UserError where there is none. option: where it stands."""
    name, _, argument = given.partition(":")
    spec = f"{option} {name}:{argument}" if argument else f"{option} {name}"
    try:
        factory = registry.find("llm", name).value
    except PluginError as error:
        raise PluginError(f"{spec}: {error}; write it like {option} openai:MODEL") from error
    with to_plugin_error(f"{spec} cannot be used:"):
        found: Provider = factory(argument)
        named = isinstance(getattr(found, "name", None), str)
    if not named or not callable(getattr(found, "complete", None)):
        raise PluginError(
            f"{spec} cannot be used: its {type(found).__name__} has no name or no "
            "complete(asked); inherit from toolkit.Provider"
        )
    return found
