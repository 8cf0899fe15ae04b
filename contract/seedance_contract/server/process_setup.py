"""What checks in several threads change in the process, because all threads share it."""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from hypothesis.errors import HypothesisDeprecationWarning


class OverlappingContext:
    """Contexts that runs share while they overlap: the first run enters them, the last leaves.

    They change what belongs to the whole process, so each run cannot have its own.
    """

    def __init__(self, *contexts: Callable[[], AbstractContextManager[None]]) -> None:
        self._contexts = contexts
        self._stack = ExitStack()
        self._users = 0
        self._lock = threading.Lock()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Be in the contexts."""
        with self._lock:
            if not self._users:
                for context in self._contexts:
                    self._stack.enter_context(context())
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._stack.close()


@contextmanager
def serialized_parsing() -> Iterator[None]:
    """Let one thread at a time parse Python source."""
    # Hypothesis parses the source of functions to describe them. CPython keeps the depth of
    # `ast.parse` per interpreter: in two threads at once, 3.11 raises "SystemError: AST constructor
    # recursion depth mismatch" now and then (python/cpython#106905).
    original, lock = ast.parse, threading.RLock()

    def parse(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return original(*args, **kwargs)

    ast.parse = parse
    try:
        yield
    finally:
        ast.parse = original


@contextmanager
def randomness_of_other_threads() -> Iterator[None]:
    """Let other threads use the `random` module while Hypothesis generates an example."""
    # Hypothesis warns when the state of `random` changes meanwhile, as then the strategy may have
    # used it. Here a server in the same process may have, whose requests run in other threads.
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", r"Do not use the `random` module", HypothesisDeprecationWarning
        )
        yield


CONCURRENT_CHECKS = OverlappingContext(serialized_parsing, randomness_of_other_threads)
"""In the process while checks run in several threads."""
