"""The mock with a full store. Takes one argument, the number of tasks.

The service creates them as it does for a request, only without HTTP. The store has no room for
more, so that each further one makes it forget the oldest.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from seedance_mock import server
from seedance_mock.admission import Admission
from seedance_mock.service import Service
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app


async def fill(admission: Admission, service: Service, tasks: int) -> None:
    """Create the tasks, all of one account."""
    for number in range(tasks):
        account = await admission.opened("sk-filler")
        await service.create(account, {"model": "seedance-2.0", "prompt": f"Boat {number}"})


def main() -> None:
    """Fill the store, then serve until stopped; the ready line tells where."""
    tasks = int(sys.argv[1])
    app = create_app(Settings(lifecycle="instant", max_tasks=tasks))
    asyncio.run(fill(app.state.admission, app.state.service, tasks))
    listener = server.listen("127.0.0.1", 0)
    server.serve(app, listener, partial(server.announce, server.url_of(listener), None))


if __name__ == "__main__":
    main()
