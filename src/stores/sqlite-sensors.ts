/**
 * The table `sensor` as the writer sees it: by the index that messages give a session's sensor, and by id.
 *
 * What is remembered here may come from a transaction that failed: `forget` after one.
 */
import { InternalError } from '../errors/errors.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { exactDecimals } from './format/value.ts';
import { type Database, prepareRows, type Statement } from './sqlite-database.ts';
import type { CommitMessage, NamedRow } from './sqlite-message.ts';
import { SEGMENT_READINGS, SMALL_SEGMENT } from './sqlite-schema.ts';

/** A row, with what the writer keeps about its segments. */
export interface SensorRow {
  readonly id: number;
  readonly type: SensorInfo['type'];
  /** No segment of the sensor spans more. */
  longestUs: number;
  /** Readings in small segments. */
  smallCount: number;
  /** How many of these there must be before they are merged. */
  mergeAt: number;
}

/** Finds and makes sensors. */
export class SensorTable {
  readonly #find: Statement;
  readonly #get: Statement;
  readonly #insert: Statement;
  readonly #setRate: Statement;
  readonly #countSmall: Statement;
  #named: NamedRow[] = [];
  #byIndex: (SensorRow | undefined)[] = [];
  readonly #byId = new Map<number, SensorRow>();

  constructor(database: Database) {
    this.#find = prepareRows(
      database,
      'SELECT id, rate_hz FROM sensor WHERE source = ? AND name = ? AND unit = ? AND type = ? AND scale = ? AND offset = ?',
    );
    this.#get = prepareRows(database, 'SELECT type, longest_us FROM sensor WHERE id = ?');
    this.#insert = database.prepare(
      'INSERT INTO sensor (source, name, unit, type, scale, offset, rate_hz, decimals, longest_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)',
    );
    this.#setRate = database.prepare('UPDATE sensor SET rate_hz = ? WHERE id = ?');
    this.#countSmall = prepareRows(
      database,
      `SELECT coalesce(sum(count), 0) FROM segment WHERE sensor_id = ? AND ${SMALL_SEGMENT}`,
    );
  }

  /** Notes the rows that a message names, also where the message then fails. */
  name({ restart, rows }: CommitMessage): void {
    if (restart) {
      this.#named = [];
      this.forget();
    }
    this.#named.push(...rows);
  }

  /** The session of the row with this index. */
  sessionOf(index: number): string {
    return this.#nameOf(index).session;
  }

  isNumeric(index: number): boolean {
    const type = this.#nameOf(index).sensor.type;
    return type !== 'text' && type !== 'bytes';
  }

  /** The sensor of the row with this index; made where there is none. */
  byIndex(index: number): SensorRow {
    const known = this.#byIndex[index];
    if (known !== undefined) return known;
    const row = this.byId(this.#idOf(this.#nameOf(index)));
    this.#byIndex[index] = row;
    return row;
  }

  byId(id: number): SensorRow {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const [type, longestUs] = this.#get.get(id) as unknown as [SensorInfo['type'], number];
    const [smallCount] = this.#countSmall.get(id) as unknown as [number];
    const row: SensorRow = { id, type, longestUs, smallCount, mergeAt: SEGMENT_READINGS };
    this.#byId.set(id, row);
    return row;
  }

  /** Forgets rows, so that they are read again. */
  forget(): void {
    this.#byIndex = [];
    this.#byId.clear();
  }

  #nameOf(index: number): NamedRow {
    const named = this.#named[index];
    if (named === undefined) throw new InternalError(`a message names row ${index} without describing it`);
    return named;
  }

  #idOf({ source, sensor }: NamedRow): number {
    const { name, unit, type, scale, offset, rateHz } = sensor;
    const found = this.#find.get(source, name, unit, type, scale, offset) as unknown as
      | [number, number]
      | undefined;
    if (found === undefined) {
      const decimals = exactDecimals(type, scale, offset) ?? null;
      const { lastInsertRowid } = this.#insert.run(source, name, unit, type, scale, offset, rateHz, decimals);
      return Number(lastInsertRowid);
    }
    const [id, storedRateHz] = found;
    if (storedRateHz !== rateHz) this.#setRate.run(rateHz, id);
    return id;
  }
}
