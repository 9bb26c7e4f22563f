/**
 * Remembers who has which socket while `sensewire sockets --watch` runs: a pass over all processes takes too long to be part
 * of every look, and in TIME_WAIT nobody has the socket any more.
 */
import { findOwners, type SocketOwner } from '../../sockettable/owners.ts';
import { keyOf, type SocketEntry } from '../../sockettable/socket-entry.ts';
import type { Clock } from '../../time/clock.ts';

/** Passes over all processes take at most one part of so many of the time. */
const PASS_SHARE = 10;
/** Inodes remembered above those that are there, before the old ones are forgotten. */
const SPARE_INODES = 1_000;

export class OwnerMemory {
  readonly #clock: Clock;
  readonly #find: typeof findOwners;
  readonly #owners = new Map<string, readonly SocketOwner[]>();
  /** Inodes whose owners were found, or are not to be found. */
  #done = new Set<number>();
  #nextPassUs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, find: typeof findOwners = findOwners) {
    this.#clock = clock;
    this.#find = find;
  }

  /** Who has the socket, or had it last. */
  of(socket: SocketEntry): readonly SocketOwner[] {
    return this.#owners.get(keyOf(socket)) ?? [];
  }

  /** Looks for the owners of those that are new: first at processes that have others of them, then at all. */
  update(sockets: readonly SocketEntry[]): void {
    const fresh = sockets.filter(({ inode }) => inode !== 0 && !this.#done.has(inode));
    if (fresh.length === 0) return;
    const inodes = new Set(fresh.map(({ inode }) => inode));
    const likely = new Set([...this.#owners.values()].flat().map(({ pid }) => pid));
    let { owners } = this.#find(inodes, { pids: likely });
    const startUs = this.#clock.monotonicUs();
    if (owners.size < inodes.size && startUs >= this.#nextPassUs) {
      ({ owners } = this.#find(inodes));
      const endUs = this.#clock.monotonicUs();
      this.#nextPassUs = endUs + (PASS_SHARE - 1) * (endUs - startUs);
      for (const inode of inodes) this.#done.add(inode);
    }
    for (const socket of fresh) {
      const found = owners.get(socket.inode);
      if (found === undefined) continue;
      this.#owners.set(keyOf(socket), found);
      this.#done.add(socket.inode);
    }
    if (this.#done.size > sockets.length + SPARE_INODES) {
      this.#done = new Set(sockets.map(({ inode }) => inode).filter(inode => this.#done.has(inode)));
    }
  }

  /** To be called when a socket is gone. */
  forget(socket: SocketEntry): void {
    this.#owners.delete(keyOf(socket));
    this.#done.delete(socket.inode);
  }
}
