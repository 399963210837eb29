"""workers/: what a task says to the server when it has ended: its result, or why there is none.

It is JSON, held to the type that the task's `run` declares: a worker reads what strangers made,
and a pickle from one that was taken over would run code in the server.
"""

import inspect
import json
import struct
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter

from optimizer.errors import JobError, LiteweighError
from optimizer.workers.work import Work

T = TypeVar("T")
NUMBER = struct.Struct(">Q")  # of the task, before each answer
RESULT, ERROR = b"=", b"!"  # the first byte
Paths = Mapping[Path, Path]
NOWHERE: Paths = {}


class NoAnswerError(JobError):
    """A worker said what no task says, so it is not to be trusted with another one."""


def of_result(work: Work[T], result: T) -> bytes:
    """The answer of a task that ended well.

    Raises:
        ValueError, TypeError: the result is not what `run` declares, or no JSON can be made of it.
    """
    plain = _result_of(type(work)).dump_python(result, mode="json", warnings="error")
    return RESULT + _json(plain)


def of_error(error: LiteweighError) -> bytes:
    """The answer of a task that gives no result: what kinds of error, nearest first; its words."""
    kinds = [kind for kind in type(error).mro() if issubclass(kind, LiteweighError)]
    words = [
        adapter.dump_python(word, mode="json")
        for adapter, word in zip(_words_of(kinds[0]), error.args, strict=True)
    ]
    names = [kind.__name__ for kind in kinds]
    return ERROR + _json({"kinds": names, "text": str(error), "words": words})


def read(kind: type[Work[T]], answer: bytes, paths: Paths = NOWHERE) -> T:
    """The result that a worker sent.

    Args:
        kind: The task.
        answer: What the worker sent; nothing is taken for granted about it.
        paths: Of paths as the worker knows them, those that are meant.

    Raises:
        LiteweighError: what the task raised.
        NoAnswerError: it is no answer.
    """
    first, content = answer[:1], _with_paths(answer[1:], paths)
    try:
        if first == RESULT:
            result: T = _result_of(kind).validate_json(content)
            return result
        if first == ERROR:
            error = _error(json.loads(content))
        else:
            raise ValueError
    except (ValueError, TypeError, LookupError, RecursionError) as malformed:
        raise no_answer(type(malformed).__name__) from malformed
    raise error


def no_answer(why: str) -> NoAnswerError:
    """The error for what no task says."""
    return NoAnswerError(
        f"What the job answered is none of the answers that it can give ({why}). The model’s file "
        "may be harmful; the log may say more."
    )


def _error(content: Any) -> LiteweighError:
    """The error of the nearest kind that is known here.

    Raises:
        ValueError, TypeError, LookupError: there is none in it.
    """
    known = {kind.__name__: kind for kind in _kinds(LiteweighError)}
    names, text = content["kinds"], content["text"]
    if not isinstance(text, str):
        raise TypeError
    nearest = known.get(names[0])
    if nearest:
        adapters = _words_of(nearest)
        words = zip(adapters, content["words"], strict=True)
        return nearest(*(adapter.validate_json(json.dumps(word)) for adapter, word in words))
    return known[next(filter(known.__contains__, names), "")](text)


def _kinds(kind: type[LiteweighError]) -> Iterator[type[LiteweighError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from _kinds(more)


@cache
def _result_of(kind: type[Work[T]]) -> TypeAdapter[T]:
    return TypeAdapter(get_type_hints(kind.run)["return"])


def _words_of(kind: type[LiteweighError]) -> tuple[TypeAdapter[Any], ...]:
    """The types of what an error is made of: a sentence, or what its `__init__` declares."""
    if kind.__init__ is Exception.__init__:
        return (TypeAdapter(str),)
    hints = get_type_hints(kind.__init__)
    names = [name for name in inspect.signature(kind.__init__).parameters if name != "self"]
    return tuple(TypeAdapter(hints[name]) for name in names)


def _json(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")


def _with_paths(content: bytes, paths: Paths) -> bytes:
    for known, meant in paths.items():
        content = content.replace(_json(str(known))[1:-1], _json(str(meant))[1:-1])
    return content
