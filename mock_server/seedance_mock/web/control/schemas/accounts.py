"""The responses about accounts, tasks, materials and deliveries as JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.declared.materials.resources import AssetType, LibraryType, MaterialStatus
from seedance_contract.declared.tasks import Status
from seedance_contract.declared.v3.callbacks import CALLBACK_STATUSES
from seedance_mock.web.control.schemas.parts import (
    NOW,
    SECONDS,
    TASK_ID,
    Schema,
    amount,
    any_members,
    boolean,
    choice,
    integer,
    list_of,
    members,
    nullable,
    number,
    reference,
    text,
)

_CLOCK = members(
    {
        "mode": text("real", "real, frozen, polls, or x and a factor"),
        "now": number(NOW, f"the time of the account, {SECONDS}"),
    }
)

_KEY = members(
    {
        "digest": text("111ec7938f91420a0e0f35ca71b623d4", "in place of the key"),
        "words": text(""),
        "state": choice(["ok", "revoked", "expired"]),
        "quota_usd": nullable(amount("0.50")),
        "spent_usd": amount("0.73"),
        "requests_a_minute": nullable(integer(60)),
    }
)

# Amounts are decimal strings: as JSON numbers, many clients would make binary fractions of them.
_ACCOUNT_MEMBERS: Mapping[str, Schema] = {
    "name": text("key-1"),
    "words": text("create-503x2", "the script"),
    "clock": reference("Clock"),
    # The example is an amount. Null, which means unlimited credit, would show a reader less.
    "granted_usd": nullable(amount("2.00"), is_null=False),
    "balance_usd": nullable(amount("1.27"), is_null=False),
    "reserved_usd": amount("0.73"),
    "charged_usd": amount("0"),
    "quota_usd": nullable(amount("0.50")),
    "requests_a_minute": nullable(integer(60)),
    "keys": list_of(reference("Key"), "the key that opened the account, then the added ones"),
}

_TASK_MEMBERS: Mapping[str, Schema] = {
    "task_id": text(TASK_ID),
    "model": text("seedance-2.0"),
    "status": choice([*Status]),
    "created": number(NOW, f"by the clock of the account, {SECONDS}"),
    "now": number(NOW, "the time by which the task is judged"),
    "starts_at": nullable(number(NOW + 1), is_null=False),
    "ends_at": nullable(number(NOW + 5), is_null=False),
    "cancelled": boolean(False),
    "failure": nullable(text("Task failed")),
    "reserved_usd": amount("0.73"),
    "charged_usd": amount("0"),
    "video": members(
        {
            "resolution": text("720p"),
            "ratio": text("16:9"),
            "seconds": integer(5),
            "width": integer(1280),
            "height": integer(720),
            "audio": boolean(True),
        }
    ),
    "files": list_of(text("video.mp4"), "the names of its results, of a completed task"),
}

_MATERIAL = members(
    {
        "account": text("key-1"),
        "id": text("asset-20260720123456-qn7wr"),
        "object": text("seedance.material_asset"),
        "project_name": text("default"),
        "group_id": text("group-20260720123456-vrt01"),
        "library_type": choice([*LibraryType]),
        "asset_name": nullable(text("Front view")),
        "asset_type": choice([*AssetType]),
        "status": choice([*MaterialStatus]),
        "ready": boolean(False),
        "error_message": nullable(text("The image is 120 px wide: 300 to 6000 px are possible")),
        "metadata": nullable(any_members({"scene": 4})),
        "created_at": integer(1_800_000_000_000, "milliseconds since the Unix epoch"),
        "updated_at": integer(1_800_000_000_000, "milliseconds since the Unix epoch"),
    }
)

_ATTEMPT = members(
    {
        "at": number(NOW, SECONDS),
        "milliseconds": integer(3),
        "status": nullable(integer(200, "of the receiver's response"), is_null=False),
        "problem": nullable(text("no connection: Connection refused")),
    }
)

_DELIVERY = members(
    {
        "id": text("cgt-20270115080000-a1b2c-1"),
        "account": text("key-1"),
        "task_id": text("cgt-20270115080000-a1b2c"),
        "status": choice(CALLBACK_STATUSES, "the status that the callback reports"),
        "changed": number(NOW, "when the task changed, by the account's clock"),
        "due": nullable(number(NOW, "when the next attempt is due; null if none follows")),
        "acknowledged": boolean(True, "whether the receiver has acknowledged it"),
        "attempts": list_of(_ATTEMPT),
    }
)

ACCOUNT_SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        "Clock": _CLOCK,
        "Key": _KEY,
        "Account": members(_ACCOUNT_MEMBERS),
        "AccountList": members({"accounts": list_of(reference("Account"))}),
        # Only for one account: with all of them, a list of accounts would contain all tasks.
        "AccountWithLedger": members({**_ACCOUNT_MEMBERS, "ledger": list_of(reference("Task"))}),
        "Task": members(_TASK_MEMBERS),
        "TaskList": members(
            {
                "tasks": list_of(members({"account": text("key-1"), **_TASK_MEMBERS})),
                "total": integer(1, "how many tasks there are, with those that `last` leaves out"),
            }
        ),
        "Material": _MATERIAL,
        "MaterialList": members({"materials": list_of(reference("Material"))}),
        "DeliveryList": members({"deliveries": list_of(_DELIVERY)}),
    }
)
"""The schemas by name."""
