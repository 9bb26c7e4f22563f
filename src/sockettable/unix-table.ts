/**
 * The parser of /proc/net/unix: address in memory, references, protocol, flags, type, state, inode, and a path where it has one.
 *
 *   00000000a1b2c3d4: 00000002 00000000 00010000 0001 01 21342 /run/sensewire.sock
 */
import type { ParsedTable, UnixSocket } from './socket-entry.ts';
import type { SocketState } from './states.ts';

/** __SO_ACCEPTCON of the kernel's flags: it listens. */
const LISTENS = 0x10000;
/** SS_CONNECTING and SS_CONNECTED of linux/net.h. */
const CONNECTING = 2;
const CONNECTED = 3;

const TYPES: ReadonlyMap<number, UnixSocket['type']> = new Map([
  [1, 'stream'],
  [2, 'dgram'],
  [5, 'seqpacket'],
]);

const LINE =
  /^[^\s:]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d+)(?: (.*))?$/is;

/**
 * Reads the table. Sockets without an inode are left out, as `ss` does: they are being closed, or are connections that
 * nobody has accepted yet, which are counted as `waiting` at their listener. Never throws: lines that are not as they
 * should be are counted.
 */
export function parseUnixTable(text: string): ParsedTable<UnixSocket> {
  const { lines, unreadableLines } = wholeLines(text);
  const sockets: UnixSocket[] = [];
  const waiting = new Map<string, number>();
  for (const columns of lines) {
    const type = TYPES.get(Number.parseInt(columns[2] as string, 16)) ?? 'unknown';
    const number = Number.parseInt(columns[3] as string, 16);
    const inode = Number(columns[4]);
    const path = columns[5] ?? '';
    if (inode === 0) {
      // A connection has the path of its listener from the start.
      const place = `${type} ${path}`;
      if (number === CONNECTING) waiting.set(place, (waiting.get(place) ?? 0) + 1);
      continue;
    }
    const listens = (Number.parseInt(columns[1] as string, 16) & LISTENS) !== 0;
    const isConnected = number === CONNECTING || number === CONNECTED;
    const state: SocketState = listens ? 'LISTEN' : isConnected ? 'ESTABLISHED' : 'UNCONN';
    sockets.push({ protocol: 'unix', type, state, path, waiting: undefined, inode });
  }
  return {
    sockets: sockets.map(socket =>
      socket.state === 'LISTEN'
        ? { ...socket, waiting: waiting.get(`${socket.type} ${socket.path}`) ?? 0 }
        : socket,
    ),
    unreadableLines,
  };
}

/** The columns of each line. A path may hold line feeds: what does not begin as a line does goes on with the one before. */
function wholeLines(text: string): { lines: RegExpExecArray[]; unreadableLines: number } {
  const pieces = text.split('\n');
  // After the last line feed there is nothing, or a line cut short.
  let unreadableLines = pieces.pop() === '' ? 0 : 1;
  const lines: RegExpExecArray[] = [];
  for (const piece of pieces.slice(1)) {
    const columns = LINE.exec(piece);
    const last = lines.at(-1);
    if (columns !== null) lines.push(columns);
    else if (last?.[5] !== undefined) last[5] += `\n${piece}`;
    else unreadableLines++;
  }
  return { lines, unreadableLines };
}
