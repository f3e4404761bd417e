# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables as a survey gives them: text, and empty text where nobody answered."""

from __future__ import annotations

import io
import re
import typing as t

import yaml
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError, Problem
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import shown, whole_number

_Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
_PERCENTAGE = re.compile(r'([0-9]{1,3})%\Z')
_BATCH = 'a number of hosts, or a percentage such as 10%'


def is_given(value: object) -> bool:
    """Whether a variable has a value. Nothing and blank text are none."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def as_data(value: t.Any, variable: str) -> t.Any:
    """*value*; if it is text, what it says in YAML or JSON. Raises InputError."""
    if not isinstance(value, str):
        return value
    try:
        # A stream, because Ansible marks its text by a class of its own, which the loader in C refuses.
        return yaml.load(io.StringIO(value), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError([Problem(variable, 'is not valid YAML', _place(error))]) from None


def _place(error: Exception) -> str:
    """Where text is no YAML, and why: one line."""
    mark = getattr(error, 'problem_mark', None)
    what = str(getattr(error, 'problem', None) or type(error).__name__)
    return what if mark is None else '%s in line %d, column %d' % (what, mark.line + 1, mark.column + 1)


def with_data(data: t.Any, prefix: str, keys: t.Iterable[str]) -> t.Any:
    """The variables of a role, by their names without *prefix*: of those in *keys* text is read, and what is
    not given is left out. Raises InputError with all problems.
    """
    if not isinstance(data, dict):
        return data
    problems: list[Problem] = []
    read = dict(data)
    for key in set(keys).intersection(data):
        value = data[key]
        try:
            read[key] = as_data(value, prefix + key) if is_given(value) else None
        except InputError as error:
            problems += error.problems
        if read[key] is None:
            del read[key]
    if problems:
        raise InputError(problems)
    return read


def batches(value: t.Any, variable: str) -> list[int | str]:
    """The sizes of the batches of a play: numbers and percentages, as a list or as text with commas. Raises
    InputError with all problems.
    """
    if isinstance(value, str):
        members = [word.strip(' \'"\n-') for word in re.split(r'[,\n]', value.strip().strip('[]'))]
    else:
        members = list(value) if isinstance(value, (list, tuple)) else [value]
    problems: list[Problem] = []
    sizes = [_batch(member, variable, problems) for member in members]
    if problems:
        raise InputError(problems)
    return sizes


def _batch(member: t.Any, variable: str, problems: list[Problem]) -> int | str:
    number = whole_number(member)
    if number is not None and number > 0:
        return number
    percentage = _PERCENTAGE.match(member) if isinstance(member, str) else None
    if percentage and 0 < int(percentage[1]) <= 100:
        return str(member)
    problems.append(Problem(variable, 'is no size of a batch', shown(member), _BATCH))
    return 0


__all__ = ['as_data', 'batches', 'is_given', 'with_data']
