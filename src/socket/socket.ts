/**
 * `socket()`: the Berkeley interface for people who know it from Python or C, with promises
 * instead of calls that block.
 *
 * ```ts
 * import { AF_INET, SOCK_STREAM, socket } from 'sensewire/socket';
 *
 * using s = socket(AF_INET, SOCK_STREAM);
 * await s.bind(['', 50007]);
 * s.listen(5);
 * const [conn, peer] = await s.accept();
 * for await (const chunk of conn) await conn.sendall(chunk);
 * ```
 */
import * as C from './constants.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { notSupported } from './socket-error.ts';
import { StreamSocket } from './stream-socket.ts';

/** A stream or datagram socket. */
export type Socket = StreamSocket | DatagramSocket;

/**
 * A new socket (socket(2)).
 * @throws UsageError SW_SOCKET_UNSUPPORTED for what Node.js cannot do: SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM, and datagrams
 *   of AF_UNIX
 */
export function socket(family?: C.AddressFamily, type?: typeof C.SOCK_STREAM): StreamSocket;
export function socket(
  family: typeof C.AF_INET | typeof C.AF_INET6,
  type: typeof C.SOCK_DGRAM,
): DatagramSocket;
export function socket(family: number, type: number): Socket;
export function socket(family: number = C.AF_INET, type: number = C.SOCK_STREAM): Socket {
  if (family !== C.AF_INET && family !== C.AF_INET6 && family !== C.AF_UNIX) {
    throw notSupported(
      'EAFNOSUPPORT',
      `no address family ${family}: AF_INET, AF_INET6 and AF_UNIX are there`,
    );
  }
  if (type === C.SOCK_STREAM) return new StreamSocket(family);
  if (type !== C.SOCK_DGRAM)
    throw notSupported('ESOCKTNOSUPPORT', TYPE_REASONS[type] ?? `no socket type ${type}`);
  if (family === C.AF_UNIX) throw notSupported('ESOCKTNOSUPPORT', UNIX_DATAGRAM_REASON);
  return new DatagramSocket(family);
}

const UNIX_DATAGRAM_REASON =
  'Node.js has no Unix datagram sockets: use SOCK_STREAM with a length before each message, or UDP on 127.0.0.1';

const TYPE_REASONS: Readonly<Record<number, string>> = {
  [C.SOCK_RAW]:
    'Node.js has no SOCK_RAW: to see packets, record them with tcpdump or Wireshark; to send datagrams, use SOCK_DGRAM',
  [C.SOCK_SEQPACKET]:
    'Node.js has no SOCK_SEQPACKET: use SOCK_STREAM with a length before each message (sensewire/struct packs it)',
  [C.SOCK_RDM]: 'no system that Node.js runs on has SOCK_RDM: use SOCK_STREAM',
};
