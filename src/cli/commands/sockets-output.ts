/**
 * What the table and the timeline of `sensewire sockets` print alike.
 */
import { styleText } from 'node:util';
import type { SocketOwner } from '../../sockettable/owners.ts';
import type { Endpoint, InetSocket, SocketEntry } from '../../sockettable/socket-entry.ts';
import type { SocketState } from '../../sockettable/states.ts';
import { snakeCased } from '../json-fields.ts';
import { number, plain } from '../terminal.ts';

/** A socket with what other places know of it. */
export interface OwnedSocket {
  readonly socket: SocketEntry;
  readonly owners: readonly SocketOwner[];
  /** As {@link userOf} has it. */
  readonly user: string | undefined;
}

type Style = Parameters<typeof styleText>[0];

/** What waits is green, what is open cyan, what closes yellow, what is over dim. */
const STATE_STYLES: Readonly<Partial<Record<SocketState, Style>>> = {
  LISTEN: 'green',
  UNCONN: 'green',
  ESTABLISHED: 'cyan',
  FIN_WAIT1: 'yellow',
  FIN_WAIT2: 'yellow',
  CLOSE_WAIT: 'yellow',
  LAST_ACK: 'yellow',
  CLOSING: 'yellow',
  TIME_WAIT: 'dim',
};

/** Colours text for standard output, as `paint` does for standard error. */
export function paintOut(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function paintState(state: SocketState, text: string): string {
  const style = STATE_STYLES[state];
  return style === undefined ? text : paintOut(style, text);
}

/** `127.0.0.1:80`, `[::1]:80`, and `*` for no port. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '*' : port}`;
}

/** The name of a socket's user, or the number; undefined where it has none. */
export function userOf(socket: SocketEntry, names: ReadonlyMap<number, string>): string | undefined {
  if (socket.protocol === 'unix' || socket.uid === undefined) return undefined;
  return names.get(socket.uid) ?? String(socket.uid);
}

/** How many sockets are in each state, the most frequent first. */
export function countStates(sockets: readonly SocketEntry[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { state } of sockets) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));
}

/** `1 socket`, `2 sockets`. */
export function numberOf(count: number, thing: string): string {
  return `${number(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** `3 ESTABLISHED, 1 LISTEN`. */
export function countsText(sockets: readonly SocketEntry[]): string {
  return Object.entries(countStates(sockets))
    .map(([state, count]) => `${number(count)} ${state}`)
    .join(', ');
}

/** The fields of a JSON line. null: there is none, or the kernel does not tell. */
export function jsonOf({ socket, owners, user }: OwnedSocket): object {
  const own = socket.protocol === 'unix' ? unixJson(socket) : inetJson(socket, user);
  return { ...own, inode: socket.inode, owners };
}

function unixJson(socket: Extract<SocketEntry, { protocol: 'unix' }>): object {
  const { protocol, type, state, path, waiting = null } = socket;
  // A peer and queues would take the kernel's netlink interface, which Node.js cannot reach.
  return { protocol, type, state, path: path === '' ? null : path, waiting };
}

function inetJson(socket: InetSocket, user: string | undefined): object {
  const { protocol, family, state, local, remote, timer, uid = null } = socket;
  return {
    protocol,
    family,
    state,
    local: formatEndpoint(local),
    remote: formatEndpoint(remote),
    local_address: local.address,
    local_port: local.port,
    remote_address: remote.address,
    remote_port: remote.port,
    receive_queue_bytes: socket.receiveQueueBytes ?? null,
    send_queue_bytes: socket.sendQueueBytes ?? null,
    waiting: socket.waiting ?? null,
    timer: timer === undefined ? null : snakeCased(timer),
    ...(protocol === 'udp' && { drops: socket.drops ?? null }),
    uid,
    user: user ?? null,
  };
}

/** The command that has a socket; of several the first. */
export function commandOf([first]: readonly SocketOwner[]): string {
  return first === undefined ? '' : plain(first.command);
}

/** How many processes beside the first one have a socket. */
export function othersOf([first, ...rest]: readonly SocketOwner[]): number {
  return new Set(rest.map(({ pid }) => pid).filter(pid => pid !== first?.pid)).size;
}

/** Letters, not units of UTF-16. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** At most so many letters, the last one `…` where some are missing. */
export function cut(text: string, width: number): string {
  return lengthOf(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, width - 1)
        .join('')}…`;
}
