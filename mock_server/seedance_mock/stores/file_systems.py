"""Whether a file is on a disk of this machine, as far as the system tells."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""The mounted file systems of this process, see proc(5). Only Linux has it."""

NETWORK_FILE_SYSTEMS = frozenset(
    {
        *("afs", "beegfs", "ceph", "cifs", "davfs", "fuse.cephfs", "fuse.davfs2", "fuse.glusterfs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs"),
        *("nfs4", "orangefs", "smb3", "smbfs"),
    }
)
"""Types of file systems that several machines can mount.

9p and virtiofs are missing: containers and sandboxes have them as their own disk.
"""


def network_file_system(path: Path) -> str | None:
    """Return the type of the network file system that a file is on, or would be created on.

    None if it is on a disk of this machine, or if the system does not tell.
    """
    folder = path.absolute().parent.resolve()
    if folder.drive.startswith("\\\\"):
        return "a network share"
    kind = _file_system(folder, MOUNTS.read_text()) if MOUNTS.exists() else ""
    return kind if kind in NETWORK_FILE_SYSTEMS else None


def _file_system(folder: Path, mounts: str) -> str:
    """Return the type of the file system that a folder is on; empty if no line is about it."""
    depth, found = 0, ""
    for line in mounts.splitlines():
        fields, _, device_fields = line.partition(" - ")
        point = Path(_unescaped(fields.split()[4]))
        # Later lines cover earlier ones with the same mount point.
        if folder.is_relative_to(point) and len(point.parts) >= depth:
            depth, found = len(point.parts), device_fields.split()[0]
    return found


def _unescaped(text: str) -> str:
    # A space in a mount point is written as \040, in octal.
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
