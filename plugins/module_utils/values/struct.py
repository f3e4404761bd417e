# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects with named fields."""

from __future__ import annotations

import typing as t

S = t.TypeVar('S', bound='Struct')
T = t.TypeVar('T')


class Struct:
    """A class whose fields are its annotations. What they are set to is their default; each object gets a
    copy of its own of one that is a dict, list or set.

    It is for what changes, and for values that inherit fields; all others are typing.NamedTuple. Defining a
    class with dataclasses takes a millisecond at every start of a module.
    """

    field_names: t.ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        kinds = vars(cls).get('__annotations__', {})
        own = [name for name, kind in kinds.items() if 'ClassVar[' not in kind]
        cls.field_names = (*cls.field_names, *[name for name in own if name not in cls.field_names])

    def __init__(self, *values: t.Any, **named: t.Any) -> None:
        """Raises TypeError for a field that is missing, and for one that the class does not have."""
        for name, value in zip(self.field_names, values):
            setattr(self, name, value)
        for name in self.field_names[len(values) :]:
            setattr(self, name, named.pop(name) if name in named else self._default(name))
        if named or len(values) > len(self.field_names):
            what = ', '.join(named) or '%d values' % len(values)
            raise TypeError('%s does not take %s' % (type(self).__name__, what))

    def _default(self, name: str) -> t.Any:
        if not hasattr(type(self), name):
            raise TypeError('%s needs %s' % (type(self).__name__, name))
        default = getattr(type(self), name)
        return default.copy() if isinstance(default, (dict, list, set, Struct)) else default

    def replaced(self: S, **fields: t.Any) -> S:
        """The same with other values of some fields."""
        return type(self)(**{**vars(self), **fields})

    def copy(self: S) -> S:
        return type(self)(**vars(self))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return '%s(%s)' % (type(self).__name__, ', '.join('%s=%r' % pair for pair in vars(self).items()))


def not_compared(*names: str) -> t.Callable[[type[T]], type[T]]:
    """Leave the last fields of a NamedTuple, which are these, out of comparisons and hashes."""

    def decorate(cls: type[T]) -> type[T]:
        fields = t.cast('t.Any', cls)._fields
        if fields[-len(names) :] != names:
            raise TypeError('%s are not the last fields of %s' % (', '.join(names), cls.__name__))
        compared = slice(0, -len(names))
        of_tuple = tuple.__getitem__

        def equals(self: t.Any, other: object) -> bool:
            return isinstance(other, cls) and of_tuple(self, compared) == of_tuple(other, compared)

        def differs(self: t.Any, other: object) -> bool:
            return not (isinstance(other, cls) and of_tuple(self, compared) == of_tuple(other, compared))

        def hash_of(self: t.Any) -> int:
            return hash(of_tuple(self, compared))

        methods = {'__eq__': equals, '__ne__': differs, '__hash__': hash_of}
        for name, method in methods.items():
            setattr(cls, name, method)
        return cls

    return decorate
