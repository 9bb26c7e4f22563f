"""Makes sockets in every state that the kernel's tables can show, says "ready", and keeps them until its standard input ends.

To be run in a network namespace of its own, as root: unshare -n python3 sockets_states.py FOLDER
"""

import os
import socket
import struct
import subprocess
import sys
import time

STATES = {"ESTABLISHED": 1, "FIN_WAIT1": 4, "FIN_WAIT2": 5, "TIME_WAIT": 6, "CLOSE_WAIT": 8, "LAST_ACK": 9, "CLOSING": 11}
kept = []


def until(holds, what):
    """Waits for something of the kernel's, which tells nobody when it is done."""
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"waited in vain for {what}")
        time.sleep(0.005)


def state_of(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def reach(sock, name):
    until(lambda: state_of(sock) == STATES[name], name)


def table_has(port, state):
    """True where the table of TCP has a socket with this local port in this state."""
    with open("/proc/self/net/tcp") as table:
        rows = [line.split() for line in table]
    return any(row[1].endswith(f":{port:04X}") and row[3] == f"{state:02X}" for row in rows[1:])


def keep(*sockets):
    kept.extend(sockets)
    return sockets if len(sockets) > 1 else sockets[0]


def listener(address, backlog=5, family=socket.AF_INET, v6only=0):
    sock = socket.socket(family)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    sock.bind(address)
    sock.listen(backlog)
    return keep(sock)


def client(address, family=socket.AF_INET):
    sock = socket.socket(family)
    sock.connect(address)
    return keep(sock)


def pair(server):
    """Both ends of a connection."""
    family = server.family
    one = client(server.getsockname()[:2], family)
    return one, keep(server.accept()[0])


def fill(*senders):
    """Sends until neither these ends nor the others, which do not read, take more."""
    for sock in senders:
        sock.setblocking(False)
        try:
            while True:
                sock.send(bytes(65536))
        except BlockingIOError:
            pass
    # The kernel asks for room after longer and longer times: the third time, it has got none twice. (tcp_info's backoff)
    for sock in senders:
        until(lambda: sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[4] >= 2, "a full window")


def tcp():
    server = listener(("127.0.0.1", 7001))
    listener(("0.0.0.0", 7002))
    listener(("::", 7003), family=socket.AF_INET6)
    listener(("::1", 7004), family=socket.AF_INET6, v6only=1)
    listener(("::", 7005), family=socket.AF_INET6, v6only=1)
    # No listener: in no table.
    unheard = keep(socket.socket())
    unheard.bind(("127.0.0.1", 7006))

    # ESTABLISHED: quiet, with a keepalive timer, with bytes that nobody reads, and not accepted yet.
    pair(server)
    one, _ = pair(server)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    one, two = pair(server)
    one.send(b"unread")
    until(lambda: len(two.recv(100, socket.MSG_PEEK)) == 6, "six bytes")
    pair(listener(("::1", 7007), family=socket.AF_INET6, v6only=1))
    listener(("127.0.0.1", 7008))
    client(("127.0.0.1", 7008))
    client(("127.0.0.1", 7008))
    # An IPv4 client at an IPv6 socket.
    dual = listener(("::", 7009), family=socket.AF_INET6)
    client(("127.0.0.1", 7009))
    keep(dual.accept()[0])

    # SYN_SENT: nobody is there (the packets end in a loopback device that they do not belong to), or the queue is full.
    void = keep(socket.socket())
    void.setblocking(False)
    void.connect_ex(("192.0.2.1", 7010))
    listener(("127.0.0.1", 7011), backlog=0)
    client(("127.0.0.1", 7011))
    full = keep(socket.socket())
    full.setblocking(False)
    full.connect_ex(("127.0.0.1", 7011))

    # SYN_RECV: the kernel waits for the first bytes before there is a connection.
    shy = socket.socket()
    shy.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
    shy.bind(("127.0.0.1", 7012))
    shy.listen(5)
    keep(shy)
    client(("127.0.0.1", 7012))
    until(lambda: table_has(7012, 3), "SYN_RECV")

    # FIN_WAIT2 and CLOSE_WAIT: one end has shut its sending half; or has closed, so that no program has it.
    one, two = pair(server)
    one.shutdown(socket.SHUT_WR)
    reach(one, "FIN_WAIT2")
    reach(two, "CLOSE_WAIT")
    orphan, two = pair(server)
    port = orphan.getsockname()[1]
    kept.remove(orphan)
    orphan.close()
    reach(two, "CLOSE_WAIT")
    until(lambda: table_has(port, STATES["FIN_WAIT2"]), "FIN_WAIT2 of nobody")

    # TIME_WAIT: both have closed.
    one, two = pair(server)
    port = one.getsockname()[1]
    kept.remove(one)
    kept.remove(two)
    one.close()
    reach(two, "CLOSE_WAIT")
    two.close()
    until(lambda: table_has(port, STATES["TIME_WAIT"]), "TIME_WAIT")

    # FIN_WAIT1: the FIN waits behind bytes that the other end does not take. LAST_ACK: the same at the end that closes
    # second. CLOSING: both close at once.
    (first, _), (peer, second), (one, two) = pair(server), pair(server), pair(server)
    fill(first, second, one)
    first.shutdown(socket.SHUT_WR)
    reach(first, "FIN_WAIT1")
    peer.shutdown(socket.SHUT_WR)
    reach(second, "CLOSE_WAIT")
    second.shutdown(socket.SHUT_WR)
    reach(second, "LAST_ACK")
    reach(peer, "FIN_WAIT2")
    one.shutdown(socket.SHUT_WR)
    reach(one, "FIN_WAIT1")
    two.shutdown(socket.SHUT_WR)
    reach(one, "CLOSING")
    reach(two, "FIN_WAIT2")


def udp():
    def bound(address, family=socket.AF_INET, **options):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        for option, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, option), value)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address)
        return keep(sock)

    bound(("127.0.0.1", 7101))
    bound(("0.0.0.0", 7102))
    bound(("::", 7103), socket.AF_INET6)
    bound(("::1", 7104), socket.AF_INET6)
    bound(("127.0.0.1", 7105), SO_REUSEPORT=1)
    bound(("127.0.0.1", 7105), SO_REUSEPORT=1)
    os.seteuid(65534)
    bound(("127.0.0.1", 7107))
    os.seteuid(0)
    for family, address in [
        (socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET6, "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1"),
    ]:
        sock = keep(socket.socket(family, socket.SOCK_DGRAM))
        sock.connect((address, 7101))
    # Nobody reads: some wait, more are dropped.
    bound(("127.0.0.1", 7106), SO_RCVBUF=1)
    sender = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    for _ in range(50):
        sender.sendto(bytes(1000), ("127.0.0.1", 7106))


def unix(folder):
    def made(kind, name, backlog=None):
        sock = socket.socket(socket.AF_UNIX, kind)
        sock.bind(name)
        if backlog is not None:
            sock.listen(backlog)
        return keep(sock)

    def connected(kind, name):
        sock = keep(socket.socket(socket.AF_UNIX, kind))
        sock.connect(name)
        return sock

    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        keep(*socket.socketpair(socket.AF_UNIX, kind))
        keep(socket.socket(socket.AF_UNIX, kind))
    stream = made(socket.SOCK_STREAM, os.path.join(folder, "stream.sock"), 5)
    connected(socket.SOCK_STREAM, stream.getsockname())
    keep(stream.accept()[0])
    connected(socket.SOCK_STREAM, stream.getsockname())
    connected(socket.SOCK_STREAM, stream.getsockname())
    made(socket.SOCK_STREAM, os.path.join(folder, "with a space.sock"), 1)
    abstract = made(socket.SOCK_STREAM, "\0sensewire-abstract", 3)
    connected(socket.SOCK_STREAM, abstract.getsockname())
    keep(abstract.accept()[0])
    made(socket.SOCK_SEQPACKET, os.path.join(folder, "seqpacket.sock"), 2)
    datagrams = made(socket.SOCK_DGRAM, os.path.join(folder, "datagrams.sock"))
    connected(socket.SOCK_DGRAM, datagrams.getsockname())


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "192.0.2.0/24", "dev", "lo"], check=True)
    tcp()
    udp()
    unix(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.read()


main()
