/**
 * Which process holds a port, where Linux tells: the kernel's socket tables give the inode, /proc/PID/fd who has it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** Enough to recognise a program in an error message. */
const MOST_NAME_LETTERS = 80;

/** TCP_LISTEN in proc(5)'s table of states. */
const LISTEN = '0A';

/** The process that listens on a port (or, UDP, has it bound); undefined where the system does not tell. */
export function holderOfPort(transport: 'tcp' | 'udp', port: number): PortHolder | undefined {
  const inodes = new Set([transport, `${transport}6`].flatMap(table => inodesOfPort(table, port, transport)));
  if (inodes.size === 0) return undefined;
  for (const pid of readFolder('/proc')) {
    if (!/^[0-9]+$/.test(pid)) continue;
    for (const fd of readFolder(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[([0-9]+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), name: nameOf(pid) };
    }
  }
  return undefined;
}

/** Columns of /proc/net/tcp: slot, local address:port in hex, remote, state, …, inode as the tenth. */
function inodesOfPort(table: string, port: number, transport: 'tcp' | 'udp'): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return readText(`/proc/net/${table}`)
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(
      ([, local, , state]) => local?.endsWith(`:${hexPort}`) && (transport === 'udp' || state === LISTEN),
    )
    .flatMap(columns => columns[9] ?? []);
}

/** The command as it was called, since the kernel's short name says little of interpreters; of long paths the last part. */
function nameOf(pid: string): string {
  const words = readText(`/proc/${pid}/cmdline`).split('\0');
  const command = words
    .map(word => (word.startsWith('/') ? basename(word) : word))
    .join(' ')
    .trim();
  const name = command || readText(`/proc/${pid}/comm`).trim() || '?';
  return name.length <= MOST_NAME_LETTERS ? name : `${name.slice(0, MOST_NAME_LETTERS - 1)}…`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // Another user's process, or one that has just ended.
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
