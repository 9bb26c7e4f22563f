/**
 * `sensewire sockets`: the kernel's socket tables once, or followed (`sockets-watch.ts`).
 */
import { UsageError } from '../../errors/errors.ts';
import { findService } from '../../socket/services-file.ts';
import { findOwners, type SocketOwner } from '../../sockettable/owners.ts';
import { type ReadOptions, readSocketTables } from '../../sockettable/read-tables.ts';
import { compareSockets } from '../../sockettable/select.ts';
import type { Protocol } from '../../sockettable/socket-entry.ts';
import { parseStates } from '../../sockettable/states.ts';
import { readUserNames } from '../../sockettable/users.ts';
import type { SocketsFlags } from '../definitions/sockets.ts';
import { snakeCased } from '../json-fields.ts';
import { printJson } from '../terminal.ts';
import { noSocket, notesOf, sharedNote, type Unknown } from './sockets-notes.ts';
import { countStates, countsText, jsonOf, numberOf, type OwnedSocket, userOf } from './sockets-output.ts';
import { socketTables } from './sockets-table.ts';
import { watchSockets } from './sockets-watch.ts';

export async function sockets(flags: SocketsFlags): Promise<void> {
  checkFlags(flags);
  const options: ReadOptions = {
    protocols: protocolsOf(flags),
    family: flags.ipv4 === flags.ipv6 ? undefined : flags.ipv4 ? 'IPv4' : 'IPv6',
    port: flags.port === undefined ? undefined : portOf(flags.port),
  };
  const states = flags.state === undefined ? undefined : parseStates(flags.state);
  if (flags.watch) return watchSockets(options, states, flags);
  const { sockets: all, unreadableLines } = readSocketTables(options);
  const asked = all.filter(({ state }) => states?.has(state) ?? true);
  const { owners, hiddenProcesses } = findOwners(new Set(asked.map(({ inode }) => inode)));
  const users = readUserNames();
  const owned = asked
    .sort(compareSockets)
    .map(socket => ({ socket, owners: owners.get(socket.inode) ?? [], user: userOf(socket, users) }));
  const ownerless = owned.filter(({ socket, owners }) => socket.inode !== 0 && owners.length === 0).length;
  // Who is not root sees the descriptors of their own processes only, or (hidepid) not even that there are others.
  const isRestricted = hiddenProcesses > 0 || process.geteuid?.() !== 0;
  const unknown: Unknown = {
    ownersHidden: isRestricted ? ownerless : 0,
    ownersElsewhere: isRestricted ? 0 : ownerless,
    unreadableLines,
  };
  const { process: wanted } = flags;
  const shown =
    wanted === undefined ? owned : owned.filter(one => one.owners.some(owner => isProcess(owner, wanted)));
  print(shown, unknown, options, flags);
}

/** undefined: all. */
function protocolsOf(flags: SocketsFlags): ReadonlySet<Protocol> | undefined {
  const named = (['tcp', 'udp', 'unix'] as const).filter(protocol => flags[protocol]);
  if (named.length > 0) return new Set<Protocol>(named);
  return flags.ipv4 || flags.ipv6 || flags.port !== undefined ? new Set<Protocol>(['tcp', 'udp']) : undefined;
}

/** A port, or the port of a service. @throws UsageError SW_USAGE */
function portOf(text: string): number {
  const { port } = findService(text);
  if (port === 0) throw new UsageError('SW_USAGE', '--port 0: no socket has it; give a port from 1 to 65535');
  return port;
}

/** @throws UsageError SW_USAGE where flags cannot go together */
function checkFlags(flags: SocketsFlags): void {
  const { unix, port, ipv4, ipv6, watch, every, for: forUs } = flags;
  const rules: readonly (readonly [boolean | undefined, string])[] = [
    [unix && port !== undefined, '--port and --unix: Unix sockets have paths, not ports'],
    [unix && (ipv4 || ipv6), '--unix and -4 or -6: Unix sockets have no IP addresses'],
    [
      watch && flags.process !== undefined,
      '--process and --watch: nobody has a connection before it is accepted and in TIME_WAIT; give --port instead',
    ],
    [!watch && (every !== undefined || forUs !== undefined), '--every and --for belong to --watch'],
    [every === 0, '--every 0s: leave some time between two looks, such as 5ms'],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new UsageError('SW_USAGE', broken[1]);
}

/** A number is a process; anything else is a part of a program's name or of how it was called. */
function isProcess({ pid, name, command }: SocketOwner, wanted: string): boolean {
  if (/^[0-9]+$/.test(wanted)) return pid === Number(wanted);
  return [name, command].some(text => text.toLowerCase().includes(wanted.toLowerCase()));
}

function print(
  shown: readonly OwnedSocket[],
  unknown: Unknown,
  options: ReadOptions,
  flags: SocketsFlags,
): void {
  const sockets = shown.map(({ socket }) => socket);
  if (flags.json) {
    for (const one of shown) printJson('socket', jsonOf(one));
    printJson('summary', { sockets: shown.length, states: countStates(sockets), ...snakeCased(unknown) });
    return;
  }
  const { isTTY, columns } = process.stdout;
  process.stdout.write(socketTables(shown, isTTY ? columns : undefined));
  if (flags.quiet) return;
  const notes = [
    shown.length === 0
      ? noSocket(options, flags)
      : `${numberOf(shown.length, 'socket')}: ${countsText(sockets)}`,
    ...sharedNote(shown),
    ...notesOf(unknown),
  ];
  process.stderr.write(`${notes.join('\n')}\n`);
}
