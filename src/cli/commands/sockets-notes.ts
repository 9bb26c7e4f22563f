/**
 * What `sensewire sockets` says beside its table: that nothing fits, what is short for something, what cannot be told.
 */
import type { SocketOwner } from '../../sockettable/owners.ts';
import type { ReadOptions } from '../../sockettable/read-tables.ts';
import type { SocketsFlags } from '../definitions/sockets.ts';
import { plain } from '../terminal.ts';
import { numberOf, type OwnedSocket, othersOf } from './sockets-output.ts';

/** What cannot be told. */
export interface Unknown {
  /** Sockets whose processes we may not see. */
  readonly ownersHidden: number;
  /** Sockets that no process of this system's view has, though we may see all. */
  readonly ownersElsewhere: number;
  readonly unreadableLines: number;
}

/** What was asked for, and what may be asked instead. */
export function noSocket(
  { port, protocols, family }: ReadOptions,
  { state, process, ...flags }: SocketsFlags,
): string {
  const name = flags.port === String(port) ? '' : ` (${plain(flags.port ?? '')})`;
  const filters = [
    port !== undefined && `port ${port}${name}`,
    state !== undefined && `state ${plain(state)}`,
    process !== undefined && `process ${plain(process)}`,
    (flags.tcp || flags.udp || flags.unix) && [...(protocols ?? [])].join(' or '),
    family,
  ].filter(filter => typeof filter === 'string');
  if (filters.length === 0) return 'there is no socket at all';
  const advice = filters.length > 1 ? 'leave one of these out' : '`sensewire sockets` shows all there are';
  const watch = process === undefined ? ', or follow what comes with --watch' : '';
  return `no socket fits ${filters.join(', ')}: ${advice}${watch}`;
}

/** What `20953+3` is, where one is shown. */
export function sharedNote(shown: readonly OwnedSocket[]): string[] {
  const owners = shown.find(one => othersOf(one.owners) > 0)?.owners;
  if (owners === undefined) return [];
  const others = othersOf(owners);
  const { pid } = owners[0] as SocketOwner;
  return [`PID ${pid}+${others}: process ${pid} and ${numberOf(others, 'other')} share the socket`];
}

/** A line for each thing that could not be found out. */
export function notesOf({ ownersHidden, ownersElsewhere, unreadableLines }: Unknown): string[] {
  const notes: readonly (readonly [number, string])[] = [
    [ownersHidden, `the programs of ${numberOf(ownersHidden, 'socket')} are hidden: only root may see them`],
    [
      ownersElsewhere,
      `the programs of ${numberOf(ownersElsewhere, 'socket')} are not among these processes: in another container, or in the kernel`,
    ],
    [unreadableLines, `${numberOf(unreadableLines, 'line')} of the kernel's tables could not be read`],
  ];
  return notes.filter(([count]) => count > 0).map(([, note]) => note);
}
