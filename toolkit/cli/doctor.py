"""`toolkit doctor`: a check of this machine."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from ..errors import UserError
from . import output

_PACKAGES = (
    "autoresearch-toolkit",
    "optuna",
    "ray",
    "openai",
    "faiss-cpu",
    "scikit-learn",
    "torch",
)


_REMEDIES = {
    "landlock": "boot Linux 6.2 or later with `landlock` among the modules of `lsm=` (see "
    "/sys/kernel/security/lsm); a container has its machine's",
    "seccomp": "use a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64",
    "capabilities": "use a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64",
}


LIFTED = 'where a study says isolation = "none" and the command --allow-weak'


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(as_json: bool) -> None:
    """Check Python, packages, isolation, data and plugins; exit with 1 if no study can run here."""
    rows: dict[str, Any] = {
        "python": f"{platform.python_version()} on {platform.system()} {platform.release()} "
        f"{platform.machine()}",
        "packages": {name: _version(name) for name in _PACKAGES},
        "isolation": _isolation(),
        "agents": _agents(),
        "cards": _cards(),
        "model": _model(),
        "data": _data(),
        "plugins": _plugins(),
    }
    if as_json:
        output.say_json(rows)
    else:
        _print(rows)
    raise SystemExit(int(rows["isolation"]["problem"] != ""))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _isolation() -> dict[str, str]:
    """Levels reached by really starting the evaluator, for functions and for commands."""
    try:
        found, command = _confinement(command=False), _confinement(command=True)
    except Exception as error:  # whatever stops it is what the doctor is asked for
        problem = f"{type(error).__name__}: {error}"
        return {"level": "none", "command": "none", "problem": problem}
    layers = ", ".join(name for name, on in found.layers.items() if on) or "none"
    return {
        "level": found.level,
        "command": command.level,
        "none": LIFTED,
        "layers": layers,
        "weak": found.reason or command.reason,
        "raise": "; ".join(_advice(found) or _advice(command)),
        "problem": "",
    }


def _agents() -> dict[str, str]:
    """Reach of a coding agent here, by really starting one that does nothing."""
    from ..outside import tryout, walls

    return tryout.found(walls.abi())


def _cards() -> str | dict[str, str]:
    """Cards of this machine that programs may use."""
    from ..evaluators import cards

    found = {f"card {one.index}": f"{one.title} at {one.node}" for one in cards.present()}
    return found or "none (a study that says [limits] gpus = 1 needs one)"


def _confinement(*, command: bool) -> Any:
    from ..evaluators.machine import open_machine

    with open_machine(command=command) as evaluator:
        return evaluator.confinement


def _advice(found: Any) -> list[str]:
    """Ways to reach a higher level of isolation here; none at the highest."""
    if found.level == found.best:
        return []
    if platform.system() != "Linux":
        return ["run it on Linux, or in a Linux container or virtual machine"]
    missing = [_REMEDIES[name] for name in found.missing]
    return list(dict.fromkeys(missing)) or [
        "every layer is in place and does not hold: a container's own seccomp profile or an "
        "emulated kernel may be why; try the machine itself, or another container runtime"
    ]


def _model() -> str:
    """Endpoint that `--llm openai:MODEL` would ask; never the key itself."""
    from ..llm import settings

    address, key = settings.value(settings.ADDRESS), settings.value(settings.KEY)
    if not address and not key:
        return "none (--llm inbox:DIR needs none)"
    try:
        settings.check()
    except UserError as error:
        return str(error)
    return (
        f"{settings.ADDRESS} is {settings.hidden(address)}" if address else f"{settings.KEY} is set"
    )


def _data() -> dict[str, str]:
    from ..errors import UserError
    from ..plugins import installed
    from ..study import data
    from ..study.study import load

    found = {}
    for name, registration in sorted(installed().known("study").items()):
        try:
            source = load(registration.value).source
        except UserError as error:  # the others are still to be told of
            found[name] = str(error)
            continue
        problems = data.problems(source) if source else []
        found[name] = "; ".join(problems) or ("present" if source else "bundled")
    return found


def _grouped(rows: dict[str, str]) -> dict[str, str]:
    """Rows in which the names that share one text stand on one line: studies share their files."""
    texts = dict.fromkeys(rows.values())
    return {", ".join(name for name in rows if rows[name] == text): text for text in texts}


def _plugins() -> dict[str, str]:
    from ..plugins import installed

    return {plugin.name: plugin.broken or "ok" for plugin in installed().plugins}


def _print(rows: dict[str, Any]) -> None:
    for key, value in rows.items():
        if isinstance(value, dict):
            output.say(f"{key}:")
            shown = _grouped(value) if key == "data" else value
            for name, text in shown.items():
                if text:
                    output.say(f"  {name}: {text}")
        else:
            output.say(f"{key}: {value}")
