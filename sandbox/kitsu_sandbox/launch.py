"""Become a server: detach, note the process id, step down from root, then turn into the command.

Run as a script by the interpreter alone (`-I -S`), never imported:
`launch.py PID_FILE plain|namespace|nobody COMMAND…`. The process id is on disk before the caller goes on, so a caller
killed at any moment leaves no server that nobody can find.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000


def main(arguments: list[str]) -> None:
    """Fork; the child becomes the server, the parent returns once the process id is on disk."""
    pid_file, rights, command = Path(arguments[0]), arguments[1], arguments[2:]
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    os.setsid()
    pid_file.write_text(str(os.getpid()))
    os.close(writing)
    step_down(rights)
    os.execvp(command[0], command)  # noqa: S606


def step_down(rights: str) -> None:
    """Leave root, or a user without a name, both of which PostgreSQL refuses.

    `namespace` enters a user namespace with one user in it: nobody to the program, while outside its files keep
    their owner. `nobody` changes the user for good.
    """
    if rights == "namespace":
        user, group = os.getuid(), os.getgid()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), "no user namespace")
        for name, value in (("setgroups", "deny"), ("uid_map", f"65534 {user} 1"), ("gid_map", f"65534 {group} 1")):
            Path("/proc/self", name).write_text(value)
    elif rights == "nobody":
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


if __name__ == "__main__":
    main(sys.argv[1:])
