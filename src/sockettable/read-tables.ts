/**
 * Reads the kernel's socket tables of this network namespace from /proc/net.
 */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { NetworkError } from '../errors/errors.ts';
import { parseInetTable } from './inet-table.ts';
import {
  type Family,
  type ParsedTable,
  type Protocol,
  type SocketEntry,
  uniqueSockets,
} from './socket-entry.ts';
import { parseUnixTable } from './unix-table.ts';

export interface ReadOptions {
  /** Default: all. */
  readonly protocols?: ReadonlySet<Protocol> | undefined;
  /** Default: both; given, there are no Unix sockets. */
  readonly family?: Family | undefined;
  /** Only TCP and UDP sockets with this port at either end. */
  readonly port?: number | undefined;
  /** Where proc(5) is mounted. */
  readonly proc?: string;
}

const INET_TABLES = [
  { file: 'tcp', protocol: 'tcp', family: 'IPv4' },
  { file: 'tcp6', protocol: 'tcp', family: 'IPv6' },
  { file: 'udp', protocol: 'udp', family: 'IPv4' },
  { file: 'udp6', protocol: 'udp', family: 'IPv6' },
] as const;

/** Where people find the same on systems without these tables. */
const ELSEWHERE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'use "netstat -anv" or "lsof -nP -i" on macOS',
  win32: 'use "netstat -ano" or Get-NetTCPConnection on Windows',
};

/**
 * The sockets of the tables that are asked for, each once.
 * @throws NetworkError SW_NO_SOCKET_TABLES where the system has none of them, SW_PERMISSION where we may not read them
 */
export function readSocketTables(options: ReadOptions = {}): ParsedTable<SocketEntry> {
  const { protocols, family, port, proc = '/proc' } = options;
  const byteOrder = endianness();
  const tables: ParsedTable<SocketEntry>[] = [];
  for (const table of INET_TABLES) {
    if (protocols?.has(table.protocol) === false || (family ?? table.family) !== table.family) continue;
    const text = readTable(`${proc}/net/${table.file}`);
    if (text !== undefined) tables.push(parseInetTable(text, { ...table, byteOrder, port }));
  }
  if (protocols?.has('unix') !== false && family === undefined && port === undefined) {
    const text = readTable(`${proc}/net/unix`);
    if (text !== undefined) tables.push(parseUnixTable(text));
  }
  if (tables.length === 0) throw noTables(`${proc}/net`);
  return {
    sockets: uniqueSockets(tables.flatMap(({ sockets }) => sockets)),
    unreadableLines: tables.reduce((sum, table) => sum + table.unreadableLines, 0),
  };
}

/** A kernel without IPv6 has no tables for it: undefined. */
function readTable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new NetworkError(
        'SW_PERMISSION',
        `this system does not let you read ${path}, the kernel's table of sockets: run it as root`,
        { cause: error },
      );
    }
    throw new NetworkError('SW_NETWORK', `the kernel's table of sockets could not be read: ${message}`, {
      cause: error,
    });
  }
}

function noTables(folder: string): NetworkError {
  const elsewhere = ELSEWHERE[process.platform] ?? 'mount proc(5), or use the tools of your system';
  return new NetworkError(
    'SW_NO_SOCKET_TABLES',
    `there is no table of sockets in ${folder}, where Linux keeps them (this is ${process.platform}): ${elsewhere}`,
  );
}
