"""Habits of handling the lists of models and prices."""

from __future__ import annotations

from pathlib import Path

from habits.habit import Habit
from seedance_client import JSON, Client, RequestRejectedError, Task


class ReplacesUnlistedModel(Client):
    """Orders the first model of the list if the list does not contain the requested one."""

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        try:
            ids = [str(model.get("id")) for model in self.models()]
        except RequestRejectedError:
            ids = []
        if ids and request.get("model") not in ids:
            request = {**request, "model": ids[0]}
        return super().create(request, state_file)


class HardCodesModels(Client):
    """Returns lists from its own code instead of the API."""

    def models(self) -> list[JSON]:
        return [{"id": "seedance-2.0"}, {"id": "seedance-2.0-fast"}]

    def prices(self) -> list[JSON]:
        return [{"model": "seedance-2.0", "price": "6.76"}]


class HidesUnknownModels(Client):
    """Hides the models of the list that it does not know."""

    def models(self) -> list[JSON]:
        return [model for model in super().models() if model.get("id") == "seedance-2.0"]


class RequiresSummaries(Client):
    """Crashes if a price has no summary."""

    def prices(self) -> list[JSON]:
        # The KeyError is intended: a price may have no summary.
        return [price for price in super().prices() if len(price["pricing_summary"])]


class PricesAsFloats(Client):
    """Converts every price to a float."""

    def prices(self) -> list[JSON]:
        return [_with_floats(price) for price in super().prices()]


def _with_floats(value: JSON) -> JSON:
    converted: JSON = {}
    for name, member in value.items():
        converted[name] = _with_floats(member) if isinstance(member, dict) else member
        if isinstance(member, str) and member.replace(".", "", 1).isdigit():
            # A float alone prints the same digits again. Arithmetic shows the rounding error.
            converted[name] = float(member) * 1.1 / 1.1
    return converted


class ListsModelsBeforePolls(Client):
    """Lists the models before every poll."""

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        self.models()
        return super().poll(task)


HABITS = (
    Habit(
        "--substitute-unlisted-model",
        "orders the first listed model if the requested one is not listed",
        ReplacesUnlistedModel,
    ),
    Habit("--baked-in-models", "returns models from its own code", HardCodesModels),
    Habit("--known-models-only", "hides models that it does not know", HidesUnknownModels),
    Habit("--crash-without-summary", "requires pricing_summary", RequiresSummaries),
    Habit("--prices-as-floats", "rounds prices", PricesAsFloats),
    Habit("--poll-models-each-time", "lists the models before every poll", ListsModelsBeforePolls),
)
