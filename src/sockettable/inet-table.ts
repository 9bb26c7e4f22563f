/**
 * The parser of /proc/net/tcp, tcp6, udp and udp6.
 *
 * A line has: slot, local and remote address:port, state, send queue:receive queue, timer:ticks left, retransmissions, uid,
 * unanswered probes, inode, and more that we do not need; for UDP the last one is the datagrams dropped. All but uid,
 * probes, inode and drops in hexadecimal.
 *
 *   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 21341 1 …
 */
import { type ByteOrder, decodeAddress } from './ip-address.ts';
import type { Family, InetSocket, ParsedTable, SocketTimer, TimerKind } from './socket-entry.ts';
import { stateOf } from './states.ts';

/** USER_HZ, in which the kernel gives times to programs: 100 a second on every machine that Node.js runs on. */
const TICK_MS = 10;
/** The kernel's longest timer is keepalive, 32,767 s (tcp(7)). Older kernels print a time that has passed as one of 2^64 less. */
const MOST_TICKS = 2 ** 31;

/** By the number that the kernel prints; 0 is none. */
const TIMER_KINDS: readonly (TimerKind | undefined)[] = [
  undefined,
  'retransmit',
  'keepalive',
  'time-wait',
  'probe',
];

const LINE =
  /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) ([0-9A-F]{2}):([0-9A-F]+) ([0-9A-F]{8}) +(\d+) +(\d+) +(\d+)(?: +(.*))?$/i;

export interface InetTableOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly family: Family;
  readonly byteOrder: ByteOrder;
  /** Only sockets with this port at either end: the others are passed over quickly. */
  readonly port?: number | undefined;
}

/** Reads one table. Never throws: lines that are not as they should be are counted. */
export function parseInetTable(text: string, options: InetTableOptions): ParsedTable<InetSocket> {
  const { port } = options;
  const part = port === undefined ? '' : `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const lines = text.split('\n');
  // After the last line feed there is nothing, or a line cut short.
  let unreadableLines = lines.pop() === '' ? 0 : 1;
  const sockets: InetSocket[] = [];
  for (const line of lines.slice(1)) {
    if (!line.includes(part)) continue;
    const socket = parseLine(line, options);
    if (socket === undefined) unreadableLines++;
    else if (port === undefined || port === socket.local.port || port === socket.remote.port) {
      sockets.push(socket);
    }
  }
  return { sockets, unreadableLines };
}

function parseLine(line: string, { protocol, family, byteOrder }: InetTableOptions): InetSocket | undefined {
  const columns = LINE.exec(line);
  if (columns === null) return undefined;
  const hex = (index: number): number => Number.parseInt(columns[index] as string, 16);
  const local = decodeAddress(columns[1] as string, byteOrder);
  const remote = decodeAddress(columns[3] as string, byteOrder);
  if (local === undefined || remote === undefined) return undefined;
  if (local.includes(':') !== (family === 'IPv6') || remote.includes(':') !== (family === 'IPv6'))
    return undefined;
  const state = stateOf(hex(5), protocol);
  const isListener = state === 'LISTEN';
  const inode = Number(columns[13]);
  return {
    protocol,
    family,
    state,
    local: { address: local, port: hex(2) },
    remote: { address: remote, port: hex(4) },
    receiveQueueBytes: isListener ? undefined : hex(7),
    sendQueueBytes: isListener ? undefined : hex(6),
    // A listener's receive queue counts connections.
    waiting: isListener ? hex(7) : undefined,
    timer: timerOf(hex(8), hex(9), hex(10), Number(columns[12])),
    // Where no program has it, the kernel prints a uid of 0, which is nobody's.
    uid: inode === 0 ? undefined : Number(columns[11]),
    inode,
    drops: protocol === 'udp' ? dropsOf(columns[14]) : undefined,
  };
}

function timerOf(
  number: number,
  ticks: number,
  retransmits: number,
  probes: number,
): SocketTimer | undefined {
  const kind = TIMER_KINDS[number];
  if (kind === undefined) return undefined;
  const count = kind === 'retransmit' ? retransmits : kind === 'time-wait' ? 0 : probes;
  return { kind, leftMs: ticks < MOST_TICKS ? ticks * TICK_MS : 0, count };
}

/** The last of UDP's columns: references, address in memory, drops. */
function dropsOf(rest: string | undefined): number | undefined {
  const drops = rest?.trim().split(/ +/)[2];
  return drops === undefined || !/^\d+$/.test(drops) ? undefined : Number(drops);
}
