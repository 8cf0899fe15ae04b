"""What a client is asked to do."""

from __future__ import annotations

from collections.abc import Callable

from seedance_contract.client.jobs import NONCE, job, key, words
from seedance_contract.client.scene import Scene

MakeScene = Callable[..., Scene]


def test_a_scene_begins_with_ordinary_words(make_scene: MakeScene) -> None:
    scene = make_scene(script="poll-429 clock-real")

    assert words(scene) == "clock-polls after-2polls poll-429 clock-real"


def test_the_key_carries_the_situation(make_scene: MakeScene) -> None:
    scene = make_scene(script="poll-429")

    assert key(scene, "7f3a") == "sk-mock-clock-polls.after-2polls.poll-429--kit-POLL-90-7f3a"


def test_an_ordinary_job_makes_a_small_video(make_scene: MakeScene) -> None:
    assert job(make_scene(), "7f3a") == {
        "kit": 1,
        "action": "generate",
        "deadline_s": 60,
        "poll_interval_s": 5,
        "request": {
            "model": "seedance-2.0-fast",
            "operation": "text-to-video",
            "prompt": "A paper boat on a quiet lake kit:POLL-90:7f3a",
            "duration": 5,
            "resolution": "480p",
        },
    }


def test_a_scene_changes_its_job(make_scene: MakeScene) -> None:
    told = job(make_scene(job={"deadline_s": 8, "request": {"prompt": "A kite"}}), "7f3a")

    assert told["deadline_s"] == 8
    assert told["request"]["prompt"] == "A kite kit:POLL-90:7f3a"
    assert told["request"]["duration"] == 5


def test_several_jobs_are_told_apart(make_scene: MakeScene) -> None:
    told = job(make_scene(job={"action": "batch", "count": 2}), "7f3a")

    nonces = [NONCE.findall(one["prompt"]) for one in told["requests"]]
    assert nonces == [["7f3a.1"], ["7f3a.2"]]
