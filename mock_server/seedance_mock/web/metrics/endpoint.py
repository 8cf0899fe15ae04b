"""The endpoint for Prometheus."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seedance_mock.service.tasks import Service
from seedance_mock.web.control.guard import require_local_or_token
from seedance_mock.web.metrics import METRICS_PATH
from seedance_mock.web.metrics.exposition import exposition
from seedance_mock.web.metrics.meters import Meters
from seedance_mock.web.metrics.task_counts import TaskCounts


def metrics_route(meters: Meters, service: Service) -> Route:
    """Return the route of `GET /metrics`, for this machine and clients with the control token."""
    task_counts = TaskCounts(service)

    async def read_metrics(request: Request) -> Response:
        # The labels show what clients do, which is nobody else's business.
        require_local_or_token(request)
        accept = request.headers.get("accept", "")
        body, content_type = exposition(meters.snapshot(), await task_counts.read(), accept)
        return Response(body, headers={"Content-Type": content_type})

    return Route(METRICS_PATH, read_metrics)
