"""Requests that wait for a thread, taken from one client after another."""

from __future__ import annotations

from collections import OrderedDict, deque

from gallery.server.channels import Channel


class ClientQueue:
    """A queue with the methods of waitress' deque, in which a client with many requests holds up no other.

    Clients are the addresses that connect; those behind one proxy count as one.
    """

    def __init__(self) -> None:
        self._clients: OrderedDict[str, deque[Channel]] = OrderedDict()

    def append(self, channel: Channel) -> None:
        self._clients.setdefault(str(channel.addr[0]), deque()).append(channel)

    def popleft(self) -> Channel:
        """The oldest request of the client whose turn it is. Raises IndexError where there is none."""
        if not self._clients:
            raise IndexError("The queue is empty.")
        client, waiting = self._clients.popitem(last=False)
        channel = waiting.popleft()
        if waiting:
            self._clients[client] = waiting
        return channel

    def __len__(self) -> int:
        return sum(map(len, self._clients.values()))
