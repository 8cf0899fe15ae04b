"""The polling loop of many tutorials, as an example of what goes wrong. Do not copy it.

It works only while nothing fails. It reads every response as a task and every ended task as a
video, builds the path of the task itself, waits without a limit, and never retries anything.
"""

import json
import os
import time

import requests

base = os.environ["TOKENLAB_BASE_URL"].removesuffix("/").removesuffix("/v1")
headers = {"Authorization": f"Bearer {os.environ['TOKENLAB_API_KEY']}"}
job = json.loads(os.environ.get("KIT_JOB") or "{}")
request = job.get("request") or {"model": "seedance-2.0-fast", "prompt": "A paper boat"}

task = requests.post(f"{base}/v1/videos/generations", headers=headers, json=request).json()
while True:
    time.sleep(job.get("poll_interval_s") or 5)
    task = requests.get(f"{base}/v1/tasks/{task['id']}", headers=headers).json()
    print(task["status"], task.get("progress"))
    if task["status"] in ("completed", "failed"):
        break
print(task["video_url"])
