"""Plugins, found through entry points and loaded one at a time, each in its own try.

pluggy's own loader stops at the first plugin that fails, and one raising hook would lose
everybody's registrations; here a broken plugin is one row with its reason.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

import pluggy

from . import hookspecs, interrupts
from .errors import PluginError, UserError, unknown
from .evaluator import settings_of
from .text import plain, said, short

PluginKind = Literal["searcher", "study", "llm", "evaluator"]
SLOW_S = 0.5
REASON_CHARS = 1000


@dataclass(frozen=True)
class Registration:
    """One name that a plugin offers. value: a factory, or the path of a study."""

    kind: PluginKind
    name: str
    value: Any
    plugin: str
    summary: str = ""
    default: bool = False
    uses_llm: bool = False


@dataclass
class Plugin:
    """An installed entry point and its registrations.

    broken: the reason, or empty; slow: a warning about the time of its import, or empty.
    """

    name: str
    distribution: str
    version: str
    registrations: list[Registration] = field(default_factory=list)
    broken: str = ""
    slow: str = ""


class Registry:
    """Everything that the installed plugins offer."""

    def __init__(self, plugins: list[Plugin]) -> None:
        self.plugins = plugins
        self._mark_collisions()

    def _mark_collisions(self) -> None:
        """Two plugins with one name are an error naming both; neither gets it by luck."""
        owners: dict[tuple[PluginKind, str], list[Plugin]] = {}
        for plugin in self.plugins:
            for found in plugin.registrations:
                owners.setdefault((found.kind, found.name), []).append(plugin)
        for (kind, name), rivals in owners.items():
            if len(rivals) > 1:
                names = " and ".join(f"{p.name!r} (of {p.distribution})" for p in rivals)
                for plugin in rivals:
                    plugin.broken = f"{kind} {name!r} is registered by {names}; uninstall one"

    def known(self, kind: PluginKind) -> dict[str, Registration]:
        """{name: registration} of the plugins that are not broken."""
        return {
            found.name: found
            for plugin in self.plugins
            if not plugin.broken
            for found in plugin.registrations
            if found.kind == kind
        }

    def find(self, kind: PluginKind, name: str) -> Registration:
        """The registration of a name; raises PluginError that says why there is none."""
        known = self.known(kind)
        if name in known:
            return known[name]
        if problem := self.problem(kind, name):
            raise PluginError(problem)
        broken = ", ".join(plugin.name for plugin in self.plugins if plugin.broken)
        more = f"; broken plugins: {broken} (see `toolkit plugins`)" if broken else ""
        raise PluginError(unknown(kind, name, known, more=more))

    def problem(self, kind: PluginKind, name: str) -> str:
        """Fault of the plugin that registers a name; "" for none."""
        for plugin in self.plugins:
            offers = {found.name for found in plugin.registrations if found.kind == kind}
            if plugin.broken and (name in offers or name == plugin.name):
                if plugin.broken.startswith(f"{kind} {name!r} "):
                    return plugin.broken
                return f"{kind} {name!r}: plugin {plugin.name!r} is broken: {plugin.broken}"
        return ""

    def default_study(self) -> Registration:
        defaults = [found for found in self.known("study").values() if found.default]
        if len(defaults) != 1:
            names = ", ".join(sorted(self.known("study"))) or "none"
            raise UserError(f"there is no default study; name one of: {names}")
        return defaults[0]


def installed() -> Registry:
    """Load every installed plugin."""
    points = sorted(entry_points(group=hookspecs.GROUP), key=lambda point: point.name)
    return Registry([load(point) for point in points])


def load(point: EntryPoint) -> Plugin:
    """Load one entry point; whatever it raises, SystemExit too, becomes its `broken` reason."""
    owner = point.dist
    plugin = Plugin(
        point.name, owner.name if owner else "unknown", owner.version if owner else "unknown"
    )
    loaded, began = set(sys.modules), time.perf_counter()
    try:
        module = point.load()
        plugin.slow = _slowness(time.perf_counter() - began, set(sys.modules) - loaded)
        collect(plugin, module)
    except BaseException as error:  # a plugin is somebody's code
        if interrupts.came(error):
            raise
        plugin.broken = reason(error)
    return plugin


@contextlib.contextmanager
def to_plugin_error(what: str, *, but: type[BaseException] = UserError) -> Iterator[None]:
    """Raise PluginError for all that somebody's code raises, unless it is what `but` names.

    A UserError is for a person to act on, whoever raised it. Only Ctrl-C is the user's own.
    """
    try:
        yield
    except but:
        raise
    except BaseException as error:
        if interrupts.came(error):
            raise
        raise PluginError(f"{what} {reason(error)}") from error


def contained(what: str) -> contextlib.AbstractContextManager[None]:
    """Turn what code raises that is no Exception, such as SystemExit, into a PluginError."""
    return to_plugin_error(f"{what}:", but=Exception)


def _slowness(seconds: float, modules: set[str]) -> str:
    """Warning about a plugin that loads slowly: every command loads every plugin."""
    if seconds < SLOW_S:
        return ""
    tops = Counter(name.partition(".")[0] for name in modules)
    heavy = [name for name, count in tops.most_common(3) if count > 20]
    names = f" ({', '.join(heavy)})" if heavy else ""
    return f"its import took {seconds:.1f} s{names}; import what is heavy inside functions"


def reason(error: BaseException) -> str:
    """One line: the error, and where in the plugin it was raised; of a UserError its message."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    passing = (str(Path(__file__).parent), str(Path(importlib.__file__).parent), "<frozen")
    theirs = [f for f in frames if not f[0].startswith(passing) and "pluggy" not in f[0]]
    place = f" ({Path(theirs[-1][0]).name}:{theirs[-1][1]})" if theirs else ""
    text = " ".join(said(error).split())
    if isinstance(error, UserError) and not isinstance(error, PluginError):
        return text  # what a person is to do, not what an author did
    told = f": {text[:REASON_CHARS]}" if text else ""
    return f"{type(error).__name__}{told}{place}"


def collect(plugin: Plugin, module: Any) -> None:
    """Call the registration hooks of one plugin; raises what the plugin raises."""
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    _check_hooks(module)
    manager.register(module, plugin.name)
    manager.check_pending()

    def add(kind: PluginKind, name: Any, value: Any, summary: str, **more: bool) -> None:
        if not isinstance(name, str) or not name.replace("_", "").replace("-", "").isalnum():
            raise PluginError(f"{kind} name {short(name)} must be letters, digits, - and _")
        if not isinstance(summary, str):
            raise PluginError(f"{kind} {name!r}: its summary must be a text, not {short(summary)}")
        summary = " ".join(summary.splitlines())
        if kind == "searcher":
            options_of(value)
        elif kind == "evaluator":
            settings_of(value)
        plugin.registrations.append(Registration(kind, name, value, plugin.name, summary, **more))

    def registers(kind: PluginKind) -> hookspecs.RegisterFactory:
        def register(
            name: str, factory: Callable[..., Any], *, summary: str = "", uses_llm: bool = False
        ) -> None:
            add(kind, name, factory, summary, uses_llm=uses_llm)

        return register

    def register_study(
        name: str, path: Path | str, *, summary: str = "", default: bool = False
    ) -> None:
        add("study", name, Path(path), summary, default=default)

    manager.hook.register_searchers(register=registers("searcher"))
    manager.hook.register_studies(register=register_study)
    manager.hook.register_llms(register=registers("llm"))
    manager.hook.register_evaluators(register=registers("evaluator"))


def _check_hooks(module: Any) -> None:
    """Raises PluginError for a hook that nobody would call: pluggy passes over both kinds."""
    hooks = [name for name in vars(hookspecs) if name.startswith("register_")]
    for name in dir(module):
        found = getattr(module, name, None)
        if hasattr(found, f"{hookspecs.GROUP}_impl"):
            if name not in hooks:
                raise PluginError(unknown("hook", name, hooks))
        elif name in hooks and found is not getattr(hookspecs, name):
            raise PluginError(f"{name} is not marked as a hook: write @toolkit.hookimpl above it")


def options_of(factory: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """{option: parameter}: the keyword-only arguments; raises PluginError for any other."""
    if not callable(factory):
        raise PluginError(f"register a class or a function, not {type(factory).__name__}")
    parameters = inspect.signature(factory).parameters
    stray = [p.name for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
    if stray:
        raise PluginError(
            f"{plain(getattr(factory, '__name__', factory))} takes {', '.join(stray)} by position; "
            "options are keyword-only: write `def __init__(self, *, name: type = default)`"
        )
    return parameters


def warn(registry: Registry, tell: Callable[[str], None]) -> None:
    """One line per plugin that is broken or slow."""
    for plugin in registry.plugins:
        if plugin.broken:
            tell(f"plugin {plugin.name!r} is broken: {plugin.broken}")
        elif plugin.slow:
            tell(f"plugin {plugin.name!r} is slow: {plugin.slow}")
