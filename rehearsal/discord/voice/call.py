"""A call: who is connected in one voice channel, and the MLS group in which they encrypt end to end.

The gateway proposes, members commit, and the first commit counts. One change at a time: what comes in the
middle of one (a member who joins, one who leaves) is proposed when everybody is ready for the one before.
Source: https://daveprotocol.com
"""

from __future__ import annotations

import asyncio
from enum import IntEnum
from typing import Any, Protocol

from rehearsal.discord.voice.mls import ExternalSender, NoCommitError, read_commit, vector

Json = dict[str, Any]
DAVE = 1  # the protocol's version
READY_PATIENCE = 2.0  # seconds that a transition waits for who is not ready
LARGEST_TRANSITION = 2**16 - 1
NEW_GROUP = 1  # the epoch that stands for a group made anew
AT_ONCE = 0  # the transition that needs no one to be ready


class Op(IntEnum):
    """https://docs.discord.com/developers/topics/opcodes-and-status-codes#voice"""

    IDENTIFY = 0
    SELECT_PROTOCOL = 1
    READY = 2
    HEARTBEAT = 3
    SESSION_DESCRIPTION = 4
    SPEAKING = 5
    HEARTBEAT_ACK = 6
    RESUME = 7
    HELLO = 8
    RESUMED = 9
    CLIENTS_CONNECT = 11
    CLIENT_DISCONNECT = 13
    PREPARE_TRANSITION = 21
    EXECUTE_TRANSITION = 22
    TRANSITION_READY = 23
    PREPARE_EPOCH = 24
    EXTERNAL_SENDER = 25
    KEY_PACKAGE = 26
    PROPOSALS = 27
    COMMIT_WELCOME = 28
    ANNOUNCE_COMMIT = 29
    WELCOME = 30
    INVALID_COMMIT_WELCOME = 31


class Participant(Protocol):
    """A client in the call, however it is reached."""

    user_id: str

    def tell(self, op: Op, data: Json) -> None:
        """What the gateway says in JSON."""
        ...

    def hand(self, op: Op, payload: bytes) -> None:
        """What the gateway says in bytes."""
        ...

    def hear(self, sender: str, payload: bytes, at: float) -> None:
        """A frame of another's, encrypted end to end; `at`: Unix seconds at which it arrived."""
        ...


class Call:
    def __init__(self, channel_id: str) -> None:
        self.channel_id = channel_id
        self.participants: dict[str, Participant] = {}
        self.epoch = 0  # of the group; 0: there is none yet
        self._leaves: list[str | None] = []  # who is where in the group's tree
        self._sender = ExternalSender()
        self._packages: dict[str, bytes] = {}  # of those who wait to be added
        self._stale: set[str] = set()  # to be removed from the group
        # What is proposed and not committed yet.
        self._asked: dict[str, list[str]] = {}  # who may commit it, and whom they are to add
        self._removing: set[str] = set()
        self._adding: dict[str, bytes] = {}  # with which key packages
        self._proposals = 0  # how many a commit has to have
        self._moving: list[str] = []  # who goes over to the next epoch
        self._not_ready: set[str] = set()
        self._transition = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def in_group(self) -> set[str]:
        """Who can encrypt and decrypt here."""
        return {user for user in self._leaves if user}

    @property
    def settled(self) -> bool:
        """Whether no change of the group is under way, or due."""
        alone = not self.epoch and len(self._packages) == 1  # waits for another
        return not (self._asked or self._not_ready or self._stale or (self._packages and not alone))

    # ---- who comes and goes ----------------------------------------------------------------------------

    def join(self, newcomer: Participant) -> None:
        """A client is connected and knows the session; it is told who is here."""
        self.participants.pop(newcomer.user_id, None)
        for other in self.participants.values():
            other.tell(Op.CLIENTS_CONNECT, {"user_ids": [newcomer.user_id]})
        if self.participants:
            newcomer.tell(Op.CLIENTS_CONNECT, {"user_ids": list(self.participants)})
        self.participants[newcomer.user_id] = newcomer
        newcomer.hand(Op.EXTERNAL_SENDER, self._sender.package)

    def leave(self, gone: Participant) -> None:
        """Does nothing for a client in whose place there is another already."""
        if self.participants.get(gone.user_id) is not gone:
            return
        del self.participants[gone.user_id]
        self._packages.pop(gone.user_id, None)
        self._not_ready.discard(gone.user_id)
        for other in self.participants.values():
            other.tell(Op.CLIENT_DISCONNECT, {"user_id": gone.user_id})
        if gone.user_id in self._leaves:
            self._stale.add(gone.user_id)
        if self._asked.pop(gone.user_id, None) is not None and not (self._asked and self.epoch):
            self.make_anew()
        self._execute_if_ready()

    def make_anew(self) -> None:
        """Forgets the group; everybody is to send a new key package."""
        self.stop()
        self.epoch, self._leaves = 0, []
        self._packages.clear()
        self._stale.clear()
        self._asked.clear()
        self._not_ready.clear()
        for one in list(self.participants.values()):
            one.tell(Op.PREPARE_EPOCH, {"protocol_version": DAVE, "epoch": NEW_GROUP})
            one.tell(Op.PREPARE_TRANSITION, {"protocol_version": DAVE, "transition_id": AT_ONCE})

    def stop(self) -> None:
        """Waits no longer for who is not ready."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def forward(self, sender: str, payload: bytes, at: float) -> None:
        """Sends a frame to everybody else."""
        for one in self.participants.values():
            if one.user_id != sender:
                one.hear(sender, payload, at)

    # ---- what clients send -----------------------------------------------------------------------------

    def key_package(self, user_id: str, package: bytes) -> None:
        """Somebody wants to be in the group; whoever is in it already is put in anew."""
        self._packages[user_id] = package
        if user_id in self._leaves:
            self._stale.add(user_id)
        self._advance()

    def commit(self, user_id: str, data: bytes) -> None:
        """The first commit that has all that was proposed is the one."""
        added = self._asked.get(user_id)
        try:
            commit = read_commit(data)
        except NoCommitError:
            return
        if added is None or (commit.epoch, commit.proposals) != (self.epoch, self._proposals):
            return
        transition = self._next_transition() if self.epoch else AT_ONCE
        stay = list(self._asked) if self.epoch else [user_id]
        self._grow(user_id, added)
        head = transition.to_bytes(2, "big")
        self._moving = [*stay, *added]
        self._not_ready = set(self._moving) if transition else set()
        if transition:
            self._timer = asyncio.get_running_loop().call_later(READY_PATIENCE, self._execute)
        for one in stay:
            self._hand(one, Op.ANNOUNCE_COMMIT, head + commit.message)
        for one in added:  # Discord cuts out each one's part; a client looks for its own either way
            self._hand(one, Op.WELCOME, head + commit.welcome)
        self._execute_if_ready()

    def ready(self, user_id: str, transition: int) -> None:
        if transition == self._transition and user_id in self._not_ready:
            self._not_ready.discard(user_id)
            self._execute_if_ready()

    def invalid(self, user_id: str) -> None:
        """A member cannot read a commit: it is removed, and added again with its next key package."""
        if user_id in self._leaves:
            self._stale.add(user_id)
        self._not_ready.discard(user_id)
        self._execute_if_ready()

    # ---- the group -------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Proposes what is due, unless a change is under way."""
        if self._asked or self._not_ready:
            return
        if not self.epoch:
            self._begin()
            return
        stay = [user for user in self._leaves if user and user not in self._stale]
        if len(stay) < 2 and self._stale:  # no single member keeps a group
            self.make_anew()
        elif self._stale or self._packages:
            removed = [leaf for leaf, user in enumerate(self._leaves) if user in self._stale]
            proposals = [self._sender.remove(self._group, self.epoch, leaf) for leaf in removed]
            self._removing = set(self._stale)
            self._propose(stay, proposals, list(self._packages))

    def _begin(self) -> None:
        """Lets those who are there make a group of their own: whose commit is first has made it."""
        waiting = list(self._packages)
        self._removing = set()
        if len(waiting) > 1:
            for user in waiting:
                self._propose([user], [], [other for other in waiting if other != user])

    def _propose(self, to: list[str], proposals: list[bytes], added: list[str]) -> None:
        proposals = proposals + [
            self._sender.add(self._group, self.epoch, self._packages[user]) for user in added
        ]
        self._proposals, self._adding = len(proposals), dict(self._packages)
        self._asked |= dict.fromkeys(to, added)
        for user in to:
            self._hand(user, Op.PROPOSALS, b"\0" + vector(b"".join(proposals)))

    def _grow(self, committer: str, added: list[str]) -> None:
        """The tree after a commit: leaves are emptied, then the leftmost empty ones are taken."""
        if not self.epoch:
            self._leaves = [committer]
        self._leaves = [None if user in self._removing else user for user in self._leaves]
        for user in added:
            if None in self._leaves:
                self._leaves[self._leaves.index(None)] = user
            else:
                self._leaves.append(user)
        while self._leaves[-1] is None:
            self._leaves.pop()
        self.epoch += 1
        self._stale -= self._removing
        for user in [*added, committer]:
            if self._packages.get(user) == self._adding.get(user):
                self._packages.pop(user, None)
            elif user in self._adding:  # it has sent another one since, or is gone
                self._stale.add(user)
        self._asked.clear()

    def _execute_if_ready(self) -> None:
        if not self._not_ready:
            self._execute()

    def _execute(self) -> None:
        if self._timer:
            self.stop()
            self._not_ready.clear()
            for user in self._moving:
                if user in self.participants:
                    self.participants[user].tell(Op.EXECUTE_TRANSITION, {"transition_id": self._transition})
        self._advance()

    def _next_transition(self) -> int:
        self._transition = self._transition % LARGEST_TRANSITION + 1
        return self._transition

    def _hand(self, user: str, op: Op, payload: bytes) -> None:
        if user in self.participants:
            self.participants[user].hand(op, payload)

    @property
    def _group(self) -> int:
        return int(self.channel_id)
