"""techniques/: one of several targets has a usual value, which holds unless another is set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MainTarget:
    """A parameter that is left out where it has its usual value, and is 0 where others are set.

    Attributes:
        name: Of the parameter.
        usual: Its default.
        others: Parameters that free it where they are above 0.
    """

    name: str
    usual: float
    others: tuple[str, ...]

    def freed(self, given: Any) -> Any:
        """What a model's validator is given, with this one free where only others are set."""
        asks = isinstance(given, dict) and self._asks(given)
        return {self.name: 0.0, **given} if asks else given

    def written(self, text: str, technique: str, values: Mapping[str, Any]) -> str:
        """A technique's text form, from which `freed` reads the same again.

        Args:
            text: As `Technique.__str__` has it: what differs from its default.
            technique: Its name.
            values: Of all its parameters.
        """
        if not any(values[name] for name in self.others):
            return text
        value = values[self.name]
        if value == self.usual:  # the default, but not what is read where it is left out
            return text.replace(f"{technique}(", f"{technique}({self.name}={value:g},", 1)
        return text.replace(f"{self.name}=0.0,", "", 1)

    def _asks(self, given: Mapping[str, Any]) -> bool:
        """Whether another target is set, which may still be a text."""
        return any(str(given.get(name, "0")).strip("0.") for name in self.others)
