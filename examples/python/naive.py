"""The loop of every tutorial, kept to show what it gets wrong. Do not copy it.

It works as long as nothing happens. It takes every answer for a task and every end for a video,
builds the path of the task itself, waits for ever, and sends nothing again, for better or worse.
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
