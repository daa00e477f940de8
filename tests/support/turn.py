"""A real coturn on a free loopback port, and a client that asks it for what a browser would, or must not get."""

import hashlib
import ipaddress
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from media import stun
from signaling.messages import IceServer
from tests.support.server import free_port

SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "coturn" / "turnserver.conf"
PROGRAM = "/usr/bin/turnserver"
PATIENCE_S = 30.0
ALLOCATE, SEND, DATA, CREATE_PERMISSION, CHANNEL_BIND = 0x003, 0x016, 0x017, 0x008, 0x009
_ERROR = 0x0110
_CHANNEL, _PEER, _DATA, _REALM, _NONCE, _FAMILY, _TRANSPORT, _CODE = 0x0C, 0x12, 0x13, 0x14, 0x15, 0x17, 0x19, 0x09
_UNAUTHORISED, _STALE = 401, 438
OK = 0


@contextmanager
def coturn(folder: Path, secret: str, *more: str) -> Iterator[int]:
    """Runs the sample configuration with `secret` and `more` options; gives its UDP port."""
    port = free_port(socket.SOCK_DGRAM)
    own = ["--listening-ip=127.0.0.1", f"--listening-port={port}", "--relay-ip=127.0.0.1", "--relay-ip=::1"]
    own += [f"--static-auth-secret={secret}", "--no-tls", "--no-dtls", "--log-file=stdout"]
    own += [f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'users'}"]
    with (folder / "coturn.log").open("wb") as log:
        server = subprocess.Popen([PROGRAM, "-c", str(SAMPLE), *own, *more], stdout=log, stderr=log)
        try:
            _wait_until_it_answers(port)
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE_S)


def _wait_until_it_answers(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("127.0.0.1", port))
        asking.settimeout(0.1)
        while time.monotonic() < end:
            try:
                asking.send(_message(0x001, os.urandom(12), []))
                asking.recv(2048)
            except (TimeoutError, ConnectionRefusedError):
                continue
            return
    raise AssertionError("coturn does not answer")


class TurnClient:
    """One allocation. Each request gives 0 for success, or the code of the refusal."""

    def __init__(self, port: int, server: IceServer) -> None:
        self._server = server
        self._realm = self._nonce = b""
        self._channel = 0x4000
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(("127.0.0.1", port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def allocate(self, version: int = 4) -> int:
        """A relay address of IPv4 or IPv6."""
        family = bytes((1 if version == 4 else 2, 0, 0, 0))
        return self._ask(ALLOCATE, [(_TRANSPORT, bytes((17, 0, 0, 0))), (_FAMILY, family)])

    def permit(self, host: str) -> int:
        return self._ask(CREATE_PERMISSION, [], (host, 9))

    def bind(self, host: str) -> int:
        self._channel += 1
        return self._ask(CHANNEL_BIND, [(_CHANNEL, struct.pack("!HH", self._channel, 0))], (host, 9))

    def send(self, data: bytes, peer: stun.Address) -> None:
        transaction = os.urandom(12)
        self._socket.send(_message(SEND, transaction, [(_PEER, _xor(peer, transaction)), (_DATA, data)]))

    def received(self) -> bytes:
        """The data of the next indication."""
        message = stun.parse(self._socket.recv(2048))
        assert message.kind == DATA, hex(message.kind)
        return message.attributes[_DATA]

    def _ask(self, method: int, attributes: list[tuple[int, bytes]], peer: stun.Address | None = None) -> int:
        code = _UNAUTHORISED
        for _ in range(3):
            transaction = os.urandom(12)
            named = [(_PEER, _xor(peer, transaction))] if peer is not None else []
            self._socket.send(self._signed(method, transaction, attributes + named))
            answer = stun.parse(self._socket.recv(2048))
            if answer.kind & _ERROR != _ERROR:
                return OK
            code = answer.attributes[_CODE][2] * 100 + answer.attributes[_CODE][3]
            if code != _STALE and (code != _UNAUTHORISED or self._nonce):
                return code
            self._realm, self._nonce = answer.attributes[_REALM], answer.attributes[_NONCE]
        return code

    def _signed(self, method: int, transaction: bytes, attributes: list[tuple[int, bytes]]) -> bytes:
        """With the long-term credential (RFC 8489 §9.2), once the server has told its realm."""
        if not self._nonce:
            return _message(method, transaction, attributes)
        name = self._server.username.encode()
        proof = b":".join((name, self._realm, self._server.credential.encode()))
        key = hashlib.md5(proof, usedforsecurity=False).digest()
        mine = [(stun.USERNAME, name), (_REALM, self._realm), (_NONCE, self._nonce)]
        return stun.build(method, transaction, attributes + mine, key)


def _message(method: int, transaction: bytes, attributes: list[tuple[int, bytes]]) -> bytes:
    body = b"".join(struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4) for name, value in attributes)
    return struct.pack("!HHI", method, len(body), stun.COOKIE) + transaction + body


def _xor(address: stun.Address, transaction: bytes) -> bytes:
    """XOR-PEER-ADDRESS of any address as it is written: also IPv6 that hides an IPv4 one."""
    host, key = ipaddress.ip_address(address[0]), struct.pack("!I", stun.COOKIE) + transaction
    packed = bytes(a ^ b for a, b in zip(host.packed, key, strict=False))
    return struct.pack("!BBH", 0, 1 if host.version == 4 else 2, address[1] ^ stun.COOKIE >> 16) + packed
