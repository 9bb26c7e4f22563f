#!/usr/bin/env python3
"""Sends readings to a sensewire collector: a complete sender in one file, Python's standard library only.

    python3 sender.py tcp://127.0.0.1:5000 --count 100 --rate 20
    python3 sender.py udp://127.0.0.1:5000 --count 100 --rate 20

It has two sensors: a temperature (whole tenths of a degree, ten readings a message) and a sine (float64, each reading
at once). Over TCP every reading is stored exactly once, also when the connection breaks; over UDP what is lost is lost.
The protocol is described in docs/PROTOCOL.md.
"""
import argparse
import math
import os
import select
import socket
import struct
import sys
import time
from urllib.parse import urlsplit

HELLO, SENSOR, READING, READINGS, COMMAND_RESULT, BYE, ERROR = 1, 2, 3, 4, 6, 7, 0x7F
WELCOME, DELIVERED, STORED, CLOCK_REPLY, COMMAND, SENSORS_KNOWN = range(0x81, 0x87)
UNKNOWN_SESSION, COMPLETE, TRY_LATER = 6, 9, (5, 8, 10, 11)
IMPOSSIBLE, BATCH, MOST_DATAGRAM, BYE_REPEATS = 2, 10, 1200, 8


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def svarint(number):
    return varint(2 * number if number >= 0 else -2 * number - 1)


def text(string):
    return varint(len(string.encode())) + string.encode()


def packed(numbers):
    out = b''
    for at in range(0, len(numbers), 32):
        group = numbers[at:at + 32]
        base = min(group)
        width = (max(group) - base).bit_length()
        bits = 0
        for number in group:
            bits = bits << width | number - base
        size = (len(group) * width + 7) // 8
        out += svarint(base) + bytes([width]) + (bits << 8 * size - len(group) * width).to_bytes(size, 'big')
    return out


def frame(kind, *fields):
    body = bytes([kind]) + b''.join(fields)
    return varint(len(body)) + body


def take_varint(data, at):
    """The number at data[at] and where it ends; IndexError where it is not all there."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7


def take_frames(data):
    """The whole messages in data, and the bytes that are left."""
    messages = []
    while True:
        try:
            length, start = take_varint(data, 0)
        except IndexError:
            return messages, data
        if len(data) < start + length:
            return messages, data
        messages.append((data[start], data[start + 1:start + length]))
        data = data[start + length:]


class Retry(Exception):
    """This connection is of no use any more; another one may be."""


class Complete(Exception):
    """The collector has all that it was asked to collect."""


class Sender:
    def __init__(self, url, count, rate):
        parts = urlsplit(url)
        self.is_udp, self.address = parts.scheme == 'udp', (parts.hostname, parts.port)
        self.period, self.samples_left = round(1e6 / rate), count
        self.session, self.epoch = os.urandom(16), round(time.time() * 1e6)
        self.next_sample = self.epoch
        self.temperatures = []  # (time, raw), not yet a message
        self.messages = []  # (number, count, frame): over TCP until stored, over UDP until sent
        self.sent = 0  # how many of them were sent over this connection
        self.number = self.stored = self.up_to = self.missing = self.connections = 0

    # ---- readings

    def sample(self):
        """Takes the readings that are due."""
        while self.samples_left > 0 and time.time() * 1e6 >= self.next_sample:
            at, seconds = self.next_sample, (self.next_sample - self.epoch) / 1e6
            self.next_sample += self.period
            self.samples_left -= 1
            self.temperatures.append((at, 200 + round(5 * math.sin(seconds / 3))))
            self.add(1, READING, 1, svarint(at - self.epoch), struct.pack('>d', math.sin(seconds)))
            if len(self.temperatures) == BATCH or self.samples_left == 0:
                self.add_temperatures()

    def add_temperatures(self):
        times, values = zip(*self.temperatures)
        self.temperatures = []
        late = [at - times[0] - i * self.period for i, at in enumerate(times)][1:]
        self.add(0, READINGS, len(times), varint(len(times)), svarint(times[0] - self.epoch), svarint(self.period),
                 packed(late), b'\0', packed(values))

    def add(self, sensor, kind, count, *fields):
        self.messages.append((self.number, count, frame(kind, varint(sensor), varint(self.number), *fields)))
        self.number += count

    # ---- the network

    def connect(self):
        self.received, self.tag = b'', 0
        kind = socket.SOCK_DGRAM if self.is_udp else socket.SOCK_STREAM
        family, _, _, _, address = socket.getaddrinfo(*self.address, type=kind)[0]
        self.socket = socket.socket(family, kind)
        self.socket.settimeout(10)
        self.socket.connect(address)
        self.connections += 1

    def send(self, frames):
        """Over TCP all in one piece, over UDP as many in a datagram as fit."""
        while frames:
            piece = b'' if not self.is_udp else b'\xd1' + self.tag.to_bytes(3, 'big')
            while frames and (not self.is_udp or len(piece) + len(frames[0]) <= MOST_DATAGRAM):
                piece += frames.pop(0)
            self.socket.sendall(piece)

    def receive(self, seconds):
        """The messages that come within this time, at most those of one piece."""
        if not select.select([self.socket], [], [], max(0, seconds))[0]:
            return []
        data = self.socket.recv(65536)
        if self.is_udp:
            tag = data[1:4] if data[:1] == b'\xd1' else None
            messages = take_frames(data[4:])[0]
            # Late datagrams of other sessions mean nothing; WELCOME and ERROR bring tags of their own.
            return [m for m in messages if tag == self.tag.to_bytes(3, 'big') != b'\0\0\0' or
                    tag is not None and m[0] in ((WELCOME, ERROR) if self.tag == 0 else (ERROR,))]
        if data == b'':
            raise Retry('the collector closed the connection')
        messages, self.received = take_frames(self.received + data)
        return messages

    # ---- the session

    def greet(self):
        first = self.messages[0][0] if self.messages else self.number
        hello = frame(HELLO, b'SWIR\x01\x01', self.session, struct.pack('>Q', self.epoch), varint(first),
                      text('python-' + socket.gethostname()[:64]))
        for wait in (0.25, 0.5, 1, 2, 4, 8) if self.is_udp else (60,):
            self.send([hello])
            deadline = time.monotonic() + wait
            while time.monotonic() < deadline:
                for kind, body in self.receive(deadline - time.monotonic()):
                    if kind == ERROR:
                        self.on_error(body)
                    elif kind == WELCOME:
                        return self.on_welcome(body)
        raise Retry('the collector does not answer')

    def on_welcome(self, body):
        self.tag = int.from_bytes(body[1:4], 'big')
        position, at = take_varint(body, 4)
        self.stored += self.release(position)
        self.up_to, self.missing, self.sent = position, take_varint(body, at)[0], 0

    def release(self, up_to):
        """Forgets the messages that are stored, and says how many readings they held."""
        done = [count for number, count, _ in self.messages if number + count <= up_to]
        del self.messages[:len(done)]
        self.sent = max(0, self.sent - len(done))
        return sum(done)

    def on_stored(self, body):
        up_to, at = take_varint(body, 0)
        missing = take_varint(body, at)[0]
        if (up_to, -missing) < (self.up_to, -self.missing):
            return  # a datagram that was overtaken
        self.stored += up_to - self.up_to - (missing - self.missing)
        self.up_to, self.missing = up_to, missing
        if not self.is_udp:
            self.release(up_to)

    def on_error(self, body):
        code, at = take_varint(body, 0)
        reason = f'the collector says ERROR {code}: {body[take_varint(body, at)[1]:].decode()}'
        if code in TRY_LATER or code == UNKNOWN_SESSION:
            raise Retry(reason)
        if code == COMPLETE:
            raise Complete
        sys.exit(reason)

    def transfer(self):
        """From WELCOME to the end: sends what there is and hears what is stored."""
        one, none = struct.pack('>d', 1), struct.pack('>d', 0)
        rate = struct.pack('>d', 1e6 / self.period)
        sensors = [frame(SENSOR, b'\0\x01', struct.pack('>d', 0.1), none, rate, text('temperature'), text('°C')),
                   frame(SENSOR, b'\x01\x04', one, none, rate, text('sine'), text(''))]
        known, byes, repeat_at, heard_at = 0, 0, 0.0, time.monotonic()
        while True:
            self.sample()
            now = time.monotonic()
            if known < len(sensors) and now >= repeat_at:
                self.send(sensors[known:])
                # Over UDP the collector says which it knows; over TCP nothing is lost.
                known, repeat_at = (known if self.is_udp else len(sensors)), now + 0.25
            if known == len(sensors):
                self.send([message for _, _, message in self.messages[self.sent:]])
                self.sent = len(self.messages)
                if self.is_udp:
                    self.messages, self.sent = [], 0
                if self.samples_left == 0 and (byes == 0 or self.is_udp and now >= repeat_at):
                    if byes == BYE_REPEATS:
                        raise Retry('the collector does not answer BYE')
                    self.send([frame(BYE, varint(self.number), varint(0))])
                    byes, repeat_at = byes + 1, now + 0.25
            wait = (self.next_sample / 1e6 - time.time()) if self.samples_left > 0 else 0.25
            for kind, body in self.receive(min(wait, 0.25)):
                heard_at = time.monotonic()
                if kind == STORED:
                    self.on_stored(body)
                    if byes > 0 and self.up_to == self.number:
                        return 'done'
                elif kind == SENSORS_KNOWN:
                    known = max(known, take_varint(body, 0)[0])
                elif kind == COMMAND:
                    number = body[:take_varint(body, 0)[1]]
                    self.send([frame(COMMAND_RESULT, number, bytes([IMPOSSIBLE]), text('this sender takes no commands'))])
                elif kind == ERROR:
                    self.on_error(body)
            waits = known < len(sensors) or self.number > self.up_to
            if waits and time.monotonic() - heard_at > (3 if self.is_udp else 60):
                raise Retry('the collector says nothing')

    def run(self):
        pause = 0.1
        while True:
            try:
                self.connect()
                self.greet()
                pause = 0.1
                return self.transfer()
            except Complete:
                return 'complete'
            except (OSError, Retry) as problem:
                print(f'{problem}; again in {pause:g} s', file=sys.stderr)
            finally:
                self.socket.close()
            time.sleep(pause)
            pause = min(2 * pause, 10)


if __name__ == '__main__':
    options = argparse.ArgumentParser(description='Sends readings to a sensewire collector.')
    options.add_argument('url', help='tcp://HOST:PORT or udp://HOST:PORT')
    options.add_argument('--count', type=int, default=100, help='readings a sensor (default %(default)s)')
    options.add_argument('--rate', type=float, default=10, help='readings a second and sensor (default %(default)s)')
    arguments = options.parse_args()
    sender = Sender(arguments.url, arguments.count, arguments.rate)
    end = sender.run()
    print(f'{end}: readings={sender.number} stored={sender.stored} connections={sender.connections}')
