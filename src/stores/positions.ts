/**
 * Which number each session has reached, for the most recently used sessions.
 *
 * Bounded: past {@link MAX_SESSIONS} the one that was silent for longest is forgotten, and what it repeats
 * after that is stored again.
 */

/**
 * Sessions that a store remembers. A sender opens one each time it is started: 1,000 senders restarted ten
 * times a day fill this in ten days, and a sender repeats what it is unsure of within minutes. 45 bytes each.
 */
export const MAX_SESSIONS = 100_000;

/** Session → number of the next reading to store. */
export class SessionPositions {
  readonly #positions = new Map<string, number>();
  readonly #maxSessions: number;

  constructor(maxSessions: number = MAX_SESSIONS) {
    this.#maxSessions = maxSessions;
  }

  get(session: string): number {
    return this.#positions.get(session) ?? 0;
  }

  /** Sets a position and makes the session the most recent one. */
  set(session: string, position: number): void {
    this.#positions.delete(session);
    this.#positions.set(session, position);
    if (this.#positions.size > this.#maxSessions) {
      const oldest = this.#positions.keys().next();
      if (!oldest.done) this.#positions.delete(oldest.value);
    }
  }

  setAll(positions: Iterable<readonly [string, number]>): void {
    for (const [session, position] of positions) this.set(session, position);
  }

  /** From the least to the most recently used. */
  entries(): Iterable<[string, number]> {
    return this.#positions.entries();
  }
}

/** The positions that one commit moves, on top of the durable ones. */
export class MovedPositions {
  readonly moved: Map<string, number> = new Map();
  readonly #durable: SessionPositions;

  constructor(durable: SessionPositions) {
    this.#durable = durable;
  }

  get(session: string): number {
    return this.moved.get(session) ?? this.#durable.get(session);
  }

  /** A position never moves back. */
  advance(session: string, position: number): void {
    if (position > this.get(session)) this.moved.set(session, position);
  }
}
