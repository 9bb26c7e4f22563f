/**
 * The writing connection of an SQLite store: one commit is one transaction. Synchronous; it runs in a thread
 * of its own (sqlite-worker.ts).
 *
 * - WAL and `synchronous = FULL`: a commit is on the disk when COMMIT returns.
 * - After a failed transaction everything remembered is read again, because it may not be true.
 */
import type { Column, RawValue } from '../readings/batch.ts';
import {
  type Database,
  openDatabase,
  prepareRows,
  type Statement,
  sqliteFailure,
} from './sqlite-database.ts';
import { fromCell, type TimedColumn, toCell } from './sqlite-items.ts';
import { type CommitMessage, unpack } from './sqlite-message.ts';
import { RecentRows } from './sqlite-recent.ts';
import { prepareSchema } from './sqlite-schema.ts';
import { SegmentTable } from './sqlite-segments.ts';
import { type SensorRow, SensorTable } from './sqlite-sensors.ts';
import { type SessionRow, SessionTable } from './sqlite-sessions.ts';

/** Readings of one sensor in one commit that make a segment at once; fewer go to `recent`. */
const DIRECT_READINGS = 64;

/**
 * Rows and characters of `recent` at which it is emptied into segments. Emptying holds up the commit that
 * does it, by about 1 µs a row.
 */
const RECENT_ROWS = 16_384;
const RECENT_CHARACTERS = 4_194_304;

/** Bytes written to the WAL, about, after which they are moved to the database. */
const CHECKPOINT_BYTES = 16_777_216;
/** What a small commit writes, about: the last pages of tables and indexes. */
const COMMIT_BYTES = 24_576;
/** Where that is too little, SQLite does it in a commit at this size, 32 MiB. */
const AUTO_CHECKPOINT_PAGES = 8_192;

/** A WAL that outgrew this because a reader held it up is cut when that reader is gone. */
const WAL_KEEP_BYTES = 67_108_864;

/** How long to wait for another program's transaction, milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** A part of a commit: readings of one batch, less those stored before. */
interface Part {
  readonly times: Float64Array;
  readonly values: Column;
  readonly session: SessionRow;
}

/** Commits messages to the database at `path`. */
export class SqliteWriter {
  readonly #path: string;
  readonly #recentRows: number;
  readonly #database: Database;
  readonly #sensors: SensorTable;
  readonly #sessions: SessionTable;
  readonly #segments: SegmentTable;
  readonly #recent = new RecentRows();
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #insertRecent: Statement;
  readonly #clearRecent: Statement;
  readonly #checkpoint: Statement;
  #walBytes = 0;
  #mustLoad = true;
  #failedEpoch = -1;
  #failure: unknown;

  /**
   * @param recentRows rows of `recent` at which it is emptied
   * @throws StoreError, UsageError SW_BAD_STORE
   */
  constructor(path: string, recentRows: number = RECENT_ROWS) {
    this.#path = path;
    this.#recentRows = recentRows;
    const database = openDatabase(path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
    this.#database = database;
    try {
      prepareSchema(database, path);
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${AUTO_CHECKPOINT_PAGES};
        PRAGMA journal_size_limit = ${WAL_KEEP_BYTES}; PRAGMA cache_size = -16384`);
      this.#sensors = new SensorTable(database);
      this.#sessions = new SessionTable(database);
      this.#segments = new SegmentTable(database);
      this.#begin = database.prepare('BEGIN IMMEDIATE');
      this.#commit = database.prepare('COMMIT');
      this.#insertRecent = database.prepare(
        'INSERT INTO recent (sensor_id, time_us, raw, session_id, next_number) VALUES (?, ?, ?, ?, ?)',
      );
      this.#clearRecent = database.prepare('DELETE FROM recent');
      this.#checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
      this.#load();
    } catch (error) {
      database.close();
      throw sqliteFailure(error, path);
    }
  }

  /** Makes a message durable. @throws StoreError: nothing of it is stored */
  commit(message: CommitMessage): void {
    this.#sensors.name(message);
    if (message.epoch === this.#failedEpoch) throw this.#failure;
    try {
      if (this.#mustLoad) this.#load();
      this.#begin.run();
      this.#write(message);
      this.#commit.run();
    } catch (error) {
      this.#fail(message.epoch, error);
    }
  }

  /** The number of the next reading of a session. @throws StoreError */
  position(session: string): number {
    try {
      if (this.#mustLoad) this.#load();
      return this.#sessions.position(session);
    } catch (error) {
      throw sqliteFailure(error, this.#path);
    }
  }

  /** Moves what the WAL has gathered into the database, where it is enough. What fails is tried again later. */
  tidy(): void {
    if (this.#walBytes < CHECKPOINT_BYTES) return;
    this.#walBytes = 0;
    try {
      this.#checkpoint.get();
    } catch {
      // The readings are safe in the WAL; the next commit meets what is wrong and reports it.
    }
  }

  close(): void {
    this.#database.close();
  }

  #fail(epoch: number, error: unknown): never {
    this.#mustLoad = true;
    this.#failedEpoch = epoch;
    this.#failure = sqliteFailure(error, this.#path);
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    throw this.#failure;
  }

  #load(): void {
    this.#sensors.forget();
    this.#sessions.load();
    this.#recent.clear();
    const rows = prepareRows(this.#database, 'SELECT sensor_id, time_us, raw FROM recent ORDER BY id');
    for (const row of rows.iterate()) {
      const [sensorId, timeUs, cell] = row as unknown as [number, number, number | string | null];
      this.#recent.add(sensorId, timeUs, fromCell(this.#sensors.byId(sensorId).type, cell));
    }
    this.#mustLoad = false;
  }

  #write(message: CommitMessage): void {
    const moved = new Set<SessionRow>();
    for (const [sensor, parts] of this.#partsBySensor(message, moved)) {
      const count = parts.reduce((sum, { times }) => sum + times.length, 0);
      if (count >= DIRECT_READINGS) this.#segments.write(sensor, joined(parts, count));
      else for (const part of parts) this.#writeRecent(sensor, part, moved);
    }
    for (const session of moved) this.#sessions.save(session);
    this.#emptyRecentIfDue();
    this.#walBytes += COMMIT_BYTES + this.#segments.takeWritten();
  }

  #partsBySensor(message: CommitMessage, moved: Set<SessionRow>): Map<SensorRow, Part[]> {
    const bySensor = new Map<SensorRow, Part[]>();
    for (const batch of unpack(message, index => this.#sensors.isNumeric(index))) {
      const { number, overtaken, times, values } = batch;
      const session = this.#sessions.row(this.#sensors.sessionOf(batch.rowIndex));
      const skip = overtaken ? 0 : Math.max(0, session.next - number);
      if (skip >= times.length) continue;
      const next = number + times.length;
      if (next > session.next) {
        session.next = next;
        moved.add(session);
      }
      const sensor = this.#sensors.byIndex(batch.rowIndex);
      const part: Part = { times: times.subarray(skip), values: tail(values, skip), session };
      const parts = bySensor.get(sensor);
      if (parts === undefined) bySensor.set(sensor, [part]);
      else parts.push(part);
    }
    return bySensor;
  }

  /** The first row of a part carries where its session has got to, where no row of this commit does yet. */
  #writeRecent(sensor: SensorRow, { times, values, session }: Part, moved: Set<SessionRow>): void {
    for (let at = 0; at < times.length; at++) {
      const raw = values[at]!;
      const carries = moved.delete(session);
      if (carries) session.isInRecent = true;
      this.#insertRecent.run(
        sensor.id,
        times[at]!,
        toCell(sensor.type, raw),
        carries ? session.id : null,
        carries ? session.next : null,
      );
      this.#recent.add(sensor.id, times[at]!, raw);
    }
  }

  #emptyRecentIfDue(): void {
    const isCrowded = this.#sessions.isCrowded();
    if (this.#recent.count < this.#recentRows && this.#recent.size < RECENT_CHARACTERS && !isCrowded) return;
    for (const [sensorId, readings] of this.#recent.bySensor) {
      this.#segments.write(this.#sensors.byId(sensorId), readings);
    }
    this.#sessions.saveRecent();
    this.#clearRecent.run();
    this.#recent.clear();
    if (isCrowded) this.#sessions.prune();
  }
}

function tail(values: Column, skip: number): Column {
  if (skip === 0) return values;
  return values instanceof Float64Array ? values.subarray(skip) : (values.slice(skip) as Column);
}

function joined(parts: readonly Part[], count: number): TimedColumn {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const times = new Float64Array(count);
  const values: RawValue[] | Float64Array =
    first?.values instanceof Float64Array ? new Float64Array(count) : new Array<RawValue>(count);
  let at = 0;
  for (const part of parts) {
    times.set(part.times, at);
    if (values instanceof Float64Array) values.set(part.values as Float64Array, at);
    else for (const [index, value] of part.values.entries()) values[at + index] = value;
    at += part.times.length;
  }
  return { times, values };
}
