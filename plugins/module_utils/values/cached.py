# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes that are found once."""

from __future__ import annotations

import typing as t

T = t.TypeVar('T')


class cached(t.Generic[T]):  # a decorator, named like one
    """As functools.cached_property, with less memory.

    That one asks for ``__dict__``, which gives each object a dictionary of its own. An attribute that is set
    goes where the others of the object are, if there is room: :func:`make_room`.
    """

    def __init__(self, function: t.Callable[[t.Any], T]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: t.Any, owner: type | None = None) -> T:
        if instance is None:
            return t.cast(T, self)  # documentation tools look here
        value = self._function(instance)
        object.__setattr__(instance, self._name, value)  # the next one is found before this is asked
        return value


def make_room(instance: object) -> None:
    """Have the class of *instance* keep room for all that is cached in its objects. *instance* is the first
    of them.

    Python keeps room for attributes that the first few objects had (``_PyObject_InitInlineValues`` in
    cpython/Objects/dictobject.c, 3.11 to 3.13); with one more, each object gets a dictionary, 0.8 kB for a
    route.
    """
    for name, value in vars(type(instance)).copy().items():
        if isinstance(value, cached):
            getattr(instance, name)
