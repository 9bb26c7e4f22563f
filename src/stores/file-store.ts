/**
 * The stores `text:FILE`, `csv:FILE` and `jsonl:FILE`: lines of a format in a journaled file.
 */
import { resolve as resolvePath } from 'node:path';
import { UsageError } from '../errors/errors.ts';
import { checkBatches, countReadings, untilNew } from './check-batch.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import { CSV_FORMAT } from './format/csv.ts';
import type { ReadingFormat } from './format/format.ts';
import { JSONL_FORMAT } from './format/jsonl.ts';
import { TEXT_FORMAT } from './format/text.ts';
import { valueReader } from './format/value.ts';
import { COMMIT_READINGS, GroupCommit } from './group-commit.ts';
import { JournaledFile, type JournaledFileOptions } from './journaled-file.ts';
import { MovedPositions } from './positions.ts';
import type { Store, StoreBatch } from './store.ts';
import { checkWritable } from './store-failure.ts';

/** Kinds of files of lines. */
export type FileKind = 'text' | 'csv' | 'jsonl';

const FORMATS: Readonly<Record<FileKind, ReadingFormat>> = {
  text: TEXT_FORMAT,
  csv: CSV_FORMAT,
  jsonl: JSONL_FORMAT,
};

/** Readings as lines of a file, with a journal beside it. */
export class FileStore implements Store {
  readonly spec: string;
  readonly location: string;
  readonly #format: ReadingFormat;
  readonly #file: JournaledFile;
  readonly #lock: FileLock;
  readonly #commits: GroupCommit<readonly StoreBatch[]>;
  /** Ends a last line that somebody left open. */
  #lead: string;
  #closing: Promise<void> | undefined;

  private constructor(kind: FileKind, file: JournaledFile, lock: FileLock, lead: string) {
    this.spec = `${kind}:${file.path}`;
    this.location = resolvePath(file.path);
    this.#format = FORMATS[kind];
    this.#file = file;
    this.#lock = lock;
    this.#lead = lead;
    this.#commits = new GroupCommit({
      commit: appends => this.#commit(appends.flat()),
      sizeOf: countReadings,
      maxSize: COMMIT_READINGS,
    });
  }

  /**
   * Opens a file, or makes one; lines are added after those that are there.
   * @throws StoreError SW_STORE_BUSY where another collector writes it, SW_STORE_DAMAGED where it is shorter
   *   than its journal says, SW_STORE_READ_ONLY, SW_STORE_FULL, SW_STORE_FAILED; UsageError SW_BAD_STORE where
   *   it holds something else
   */
  static async open(kind: FileKind, path: string, options: JournaledFileOptions = {}): Promise<FileStore> {
    checkWritable(path);
    const lock = lockFile(path);
    let file: JournaledFile | undefined;
    try {
      file = await JournaledFile.open(path, options);
      return new FileStore(kind, file, lock, await leadOf(file, FORMATS[kind].header));
    } catch (error) {
      await file?.close();
      lock.release();
      throw error;
    }
  }

  async position(session: string): Promise<number> {
    await this.#commits.settled();
    return this.#file.positions.get(session);
  }

  async append(batches: readonly StoreBatch[]): Promise<void> {
    checkBatches(batches);
    await this.#commits.add(batches);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #commit(batches: readonly StoreBatch[]): Promise<void> {
    const positions = new MovedPositions(this.#file.positions);
    let text = '';
    for (const batch of batches) {
      const fresh = untilNew(batch, positions.get(batch.session));
      if (fresh !== undefined) text += linesOf(this.#format, fresh);
      positions.advance(batch.session, batch.number + batch.times.length);
    }
    if (text === '' && positions.moved.size === 0) return;
    await this.#file.commit(Buffer.from(this.#lead + text), positions.moved);
    this.#lead = '';
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    try {
      await this.#file.close();
    } finally {
      this.#lock.release();
    }
  }
}

function linesOf(format: ReadingFormat, { source, sensor, times, values }: StoreBatch): string {
  const toValue = valueReader(sensor);
  const write = format.lineWriter(source, sensor);
  let lines = '';
  for (let at = 0; at < times.length; at++) lines += write(times[at]!, toValue(values[at]!));
  return lines;
}

/** What goes before the first line: the header of an empty file, the line feed of an open last line. */
async function leadOf(file: JournaledFile, header: string): Promise<string> {
  if (file.length === 0) return header;
  const [last] = await file.read(file.length - 1, 1);
  const found = (await file.read(0, Buffer.byteLength(header))).toString();
  if (found !== header) {
    const message = `${file.path} does not begin with the line "${header.trim()}": choose a new file`;
    throw new UsageError('SW_BAD_STORE', message);
  }
  return last === 0x0a ? '' : '\n';
}
