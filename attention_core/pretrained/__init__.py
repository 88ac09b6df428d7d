"""The only torch and transformers code: find a model, load it, run it with our attention inside, hand out arrays.

A module of this folder that needs torch is imported when something of it is first used, if it is
imported as `from attention_core.pretrained import capture`. So a page names all it needs at its top
and yet paints before torch is there.
"""

import os
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

# The hub is asked for files and told nothing: neither what is used here nor the token of whoever runs this,
# with which a reader of a server would get at private models. It changes no number and no other library.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")


class _Lazy(ModuleType):
    """Stands for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by the import system and by inspection, which use nothing
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


if not TYPE_CHECKING:  # a type checker reads the modules themselves

    def __getattr__(name: str) -> _Lazy:
        """What `from attention_core.pretrained import name` gets as long as nobody has imported the module."""
        if name.startswith("_") or not os.path.exists(f"{__path__[0]}/{name}.py"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return _Lazy(f"{__name__}.{name}")
