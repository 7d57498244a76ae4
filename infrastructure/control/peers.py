"""Who is on the other side of a Unix socket: the kernel's word, not the caller's."""

import socket
import struct
import sys
from collections.abc import Callable
from typing import NamedTuple

_LINUX_CREDENTIALS = 17  # SO_PEERCRED
_DARWIN_LOCAL = 0  # SOL_LOCAL
_DARWIN_CREDENTIALS = 1  # LOCAL_PEERCRED: struct xucred begins with version and uid
_DARWIN_PROCESS = 2  # LOCAL_PEERPID


class Peer(NamedTuple):
    """A user and a process; of a listening socket it is the one that listens."""

    uid: int
    pid: int


def peer_of(connection: socket.socket) -> Peer | None:
    """The other side of a connection; None on a system that does not tell."""
    ask = _ASKS.get(sys.platform)
    return None if ask is None else ask(connection)


def _on_linux(connection: socket.socket) -> Peer:
    pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, _LINUX_CREDENTIALS, 12))
    return Peer(uid, pid)


def _on_darwin(connection: socket.socket) -> Peer:
    _, uid = struct.unpack_from("II", connection.getsockopt(_DARWIN_LOCAL, _DARWIN_CREDENTIALS, 76))
    (pid,) = struct.unpack("i", connection.getsockopt(_DARWIN_LOCAL, _DARWIN_PROCESS, 4))
    return Peer(uid, pid)


_ASKS: dict[str, Callable[[socket.socket], Peer]] = {"linux": _on_linux, "darwin": _on_darwin}
