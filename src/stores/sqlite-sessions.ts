/**
 * The table `session` as the writer sees it: which number each session has reached.
 *
 * What is remembered here may come from a transaction that failed: `forget` after one.
 */
import { MAX_SESSIONS } from './positions.ts';
import { type Database, prepareRows, type Statement } from './sqlite-database.ts';

/** A row. */
export interface SessionRow {
  readonly id: number;
  next: number;
  /** True where `next` may be in the table `recent` only. */
  isInRecent: boolean;
}

/** Rows above the limit that are removed together, so that it costs little for each. */
const PRUNE_STEP = MAX_SESSIONS / 10;

/** Finds, makes and moves sessions. */
export class SessionTable {
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #prune: Statement;
  readonly #loadRecent: Statement;
  readonly #count: Statement;
  readonly #lastUsed: Statement;
  readonly #rows = new Map<string, SessionRow>();
  #rowCount = 0;
  #used = 0;

  constructor(database: Database) {
    this.#find = prepareRows(database, 'SELECT id, next_number FROM session WHERE name = ?');
    this.#insert = database.prepare('INSERT INTO session (name, next_number, used) VALUES (?, 0, ?)');
    this.#update = database.prepare('UPDATE session SET next_number = ?, used = ? WHERE id = ?');
    this.#prune = database.prepare(
      `DELETE FROM session WHERE id NOT IN (SELECT id FROM session ORDER BY used DESC LIMIT ${MAX_SESSIONS})`,
    );
    this.#loadRecent = prepareRows(
      database,
      `SELECT session.name, session.id, max(session.next_number, max(recent.next_number))
       FROM recent JOIN session ON session.id = recent.session_id GROUP BY session.id`,
    );
    this.#count = prepareRows(database, 'SELECT count(*) FROM session');
    this.#lastUsed = prepareRows(database, 'SELECT coalesce(max(used), 0) FROM session');
  }

  /** Reads what a crash left in `recent`. */
  load(): void {
    this.#rows.clear();
    [this.#rowCount] = this.#count.get() as unknown as [number];
    [this.#used] = this.#lastUsed.get() as unknown as [number];
    for (const row of this.#loadRecent.iterate()) {
      const [name, id, next] = row as unknown as [string, number, number];
      this.#rows.set(name, { id, next, isInRecent: true });
    }
  }

  /** The number of the next reading, 0 where the session is unknown. */
  position(name: string): number {
    return this.#lookUp(name)?.next ?? 0;
  }

  /** The row of a session; made where there is none. */
  row(name: string): SessionRow {
    const known = this.#lookUp(name);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#insert.run(name, ++this.#used);
    const row: SessionRow = { id: Number(lastInsertRowid), next: 0, isInRecent: false };
    this.#rows.set(name, row);
    this.#rowCount += 1;
    return row;
  }

  save(row: SessionRow): void {
    this.#update.run(row.next, ++this.#used, row.id);
    row.isInRecent = false;
  }

  /** True where memory or table hold more than they should: empty `recent`, then `prune`. */
  isCrowded(): boolean {
    return this.#rows.size > MAX_SESSIONS + PRUNE_STEP || this.#rowCount > MAX_SESSIONS + PRUNE_STEP;
  }

  /** Saves every position that is in `recent` only. */
  saveRecent(): void {
    for (const row of this.#rows.values()) if (row.isInRecent) this.save(row);
  }

  /** Forgets the sessions that were silent for longest. Only after `saveRecent`. */
  prune(): void {
    this.#prune.run();
    this.load();
  }

  #lookUp(name: string): SessionRow | undefined {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const found = this.#find.get(name) as unknown as [number, number] | undefined;
    if (found === undefined) return undefined;
    const row: SessionRow = { id: found[0], next: found[1], isInRecent: false };
    this.#rows.set(name, row);
    return row;
  }
}
