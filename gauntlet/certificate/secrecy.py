"""What must never be in a certificate: secrets, and patients who are not of the synthetic population."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gauntlet.placeholder import environment_names_in, names_in
from gauntlet.result import CheckResult, RunResult
from reports.text import REDACTED, redacted, without_secrets

_SHORTEST = 4  # characters a secret from the environment needs to be looked for
_SECRET_NAME = re.compile(
    r"(?i)(passwords?|passwd|pwd|secrets?|token|api[_-]?key|private[_-]?key|licen[cs]e(?:[_-]?key)?|credentials?)$"
)
_OPTION = re.compile(
    r"(?i)^(--?[a-z0-9_-]*?(?:password|passwd|secret|token|api-?key|licen[cs]e|credentials?))(=.*)?$", re.DOTALL
)
_KEY_MATERIAL = re.compile(rb"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}")
_PATIENT = re.compile(
    r'"resourceType\\?"\s*:\s*\\?"Patient\\?"\s*,\s*\\?"id\\?"\s*:\s*\\?"([^"\\]+)'
    r'|"reference\\?"\s*:\s*\\?"(?:[^"\\]*/)?Patient/([^"\\/]+)'
)
Known = Callable[[str], bool]


def target_without_secrets(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a target file's tables without secrets: what is given literally where a secret belongs is redacted.

    References to the environment (`${NAME}`) and the lab's placeholders stay: they tell how, not what.
    """
    return {name: _table_entry(name, value) for name, value in raw.items()}


def _table_entry(name: str, value: Any) -> Any:
    match value:
        case dict():
            return {key: _table_entry(key, item) for key, item in value.items()}
        case list():
            return _command_line([_table_entry("", item) for item in value])
        case str() if _SECRET_NAME.search(name) and not _is_reference(value):
            return REDACTED
        case str():
            return without_secrets(value)
        case bool() | int() | float():
            return value
        case _:
            return str(value)  # a date of TOML


def _command_line(items: list[Any]) -> list[Any]:
    """Return a list with what follows an option such as --password redacted."""
    kept: list[Any] = []
    expected = False
    for item in items:
        option = _OPTION.match(item) if isinstance(item, str) else None
        if expected and isinstance(item, str) and not _is_reference(item):
            kept.append(REDACTED)
        elif option and option[2] and not _is_reference(option[2]):
            kept.append(f"{option[1]}={REDACTED}")
        else:
            kept.append(item)
        expected = option is not None and option[2] is None
    return kept


def _is_reference(text: str) -> bool:
    return any(names_in(text)) or any(environment_names_in(text))


def leaks(
    files: Mapping[str, bytes], run: RunResult, raw: Mapping[str, Any], environment: Mapping[str, str], known: Known
) -> list[str]:
    """Return what in the files of a certificate must not be published, one sentence each.

    `raw` is the target file, whose `${NAME}`s are looked for by value; `known` says whether a patient's id is of the
    synthetic population.
    """
    return [
        *_secrets(files, {name: environment.get(name, "") for name in environment_names_in(raw)}),
        *(["a credential stands in the results"] if redacted(run) != run else []),
        *(sentence for check in run.checks for sentence in _strangers(check, known)),
    ]


def _secrets(files: Mapping[str, bytes], secrets: Mapping[str, str]) -> Iterator[str]:
    for name, content in files.items():
        if _KEY_MATERIAL.search(content):
            yield f"{name} holds a private key or a token"
        for variable, value in secrets.items():
            if len(value) >= _SHORTEST and value.encode() in content:
                yield f"{name} holds the value of ${{{variable}}}"


def _strangers(check: CheckResult, known: Known) -> Iterator[str]:
    """Yield a sentence when a gateway delivered somebody whom the population does not have."""
    texts = [item.response_body for item in check.exchanges if item.side == "consumer"]
    for text in (*texts, check.actual, check.reason, check.detail):
        for resource, reference in _PATIENT.findall(text):
            if not known(resource or reference):
                yield f"{check.check} was given a patient who is not of the synthetic population"
                return
