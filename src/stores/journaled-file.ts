/**
 * A file that is only appended to, whose appends survive a crash whole or not at all (journal.ts).
 *
 * Invariants:
 * - One commit at a time. It writes file and journal side by side, waits for both to be on the disk, and only
 *   then moves `length` and the positions.
 * - What a failed commit wrote is cut off before the next one; where even that fails, the file takes no more.
 */
import { constants as bufferConstants } from 'node:buffer';
import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { StoreError } from '../errors/errors.ts';
import { type CommitRecord, decodeJournal, encodeRecord, type JournalState } from './journal.ts';
import { SessionPositions } from './positions.ts';
import { fileFailure, messageOf } from './store-failure.ts';

/** How to open a file. */
export interface JournaledFileOptions {
  /** Called with a sentence for people about what was found and done. */
  readonly onNotice?: (message: string) => void;
  readonly maxSessions?: number;
  /** Bytes after which the journal is begun anew. */
  readonly maxJournalBytes?: number;
}

/** Some 40,000 commits of one session each; rewriting it then costs nothing to speak of. */
const MAX_JOURNAL_BYTES = 4_194_304;

/** A file of lines with its journal. */
export class JournaledFile {
  readonly path: string;
  readonly positions: SessionPositions;
  readonly #maxJournalBytes: number;
  readonly #file: FileHandle;
  #journal: FileHandle | undefined;
  #length: number;
  #journalLength = 0;
  #journalLimit = 0;
  #broken: StoreError | undefined;

  private constructor(path: string, file: FileHandle, start: Start, options: JournaledFileOptions) {
    this.path = path;
    this.#file = file;
    this.#length = start.length;
    this.positions = new SessionPositions(options.maxSessions);
    this.positions.setAll(start.positions);
    this.#maxJournalBytes = options.maxJournalBytes ?? MAX_JOURNAL_BYTES;
  }

  /** Opens `path`, or makes it, and cuts off what a crash left half-written. @throws StoreError */
  static async open(path: string, options: JournaledFileOptions = {}): Promise<JournaledFile> {
    const { onNotice = () => undefined } = options;
    let file: FileHandle | undefined;
    try {
      const isNew = await isMissing(path);
      file = await open(path, isNew ? 'wx+' : 'r+');
      const start = await findStart(path, file, isNew, onNotice);
      await file.truncate(start.length);
      // What a killed process wrote may be in memory only, and the new journal says that it is on the disk.
      await file.datasync();
      const journaled = new JournaledFile(path, file, start, options);
      await journaled.#rewriteJournal();
      return journaled;
    } catch (error) {
      await file?.close();
      throw fileFailure(error, path);
    }
  }

  /** Bytes of the file that count. */
  get length(): number {
    return this.#length;
  }

  /** Up to `count` bytes from `from`, of those that count. */
  async read(from: number, count: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(count, this.#length - from));
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(wanted), 0, wanted, from);
    return buffer.subarray(0, bytesRead);
  }

  /** Makes bytes durable, with the positions they move. @throws StoreError: nothing is stored */
  async commit(chunk: Uint8Array, moved: ReadonlyMap<string, number>): Promise<void> {
    if (this.#broken) throw this.#broken;
    const to = this.#length + chunk.length;
    const sessions = Object.fromEntries(moved);
    const record = Buffer.from(encodeRecord({ from: this.#length, to, crc: crc32(chunk), sessions }));
    const results = await Promise.allSettled([
      writeDurably(this.#file, chunk, this.#length),
      writeDurably(this.#journal, record, this.#journalLength),
    ]);
    const failed = results.find(result => result.status === 'rejected');
    if (failed !== undefined) throw await this.#undo(failed.reason);
    this.#length = to;
    this.#journalLength += record.length;
    this.positions.setAll(moved);
    if (this.#journalLength > this.#journalLimit) await this.#rewriteLater();
  }

  /** Marks the journal clean, so that who edits the file afterwards loses nothing. */
  async close(): Promise<void> {
    try {
      const record = Buffer.from(encodeRecord({ clean: this.#length }));
      if (!this.#broken) await writeDurably(this.#journal, record, this.#journalLength);
    } catch {
      // Without the mark the next start checks the last commit: nothing is lost.
    } finally {
      await this.#journal?.close();
      await this.#file.close();
    }
  }

  /** Cuts off what a failed commit wrote; gives the error to report. */
  async #undo(reason: unknown): Promise<Error> {
    const failure = fileFailure(reason, this.path);
    const isSafe = failure instanceof StoreError && failure.retryable;
    try {
      await this.#file.truncate(this.#length);
      await this.#journal?.truncate(this.#journalLength);
      if (isSafe) return failure;
    } catch {
      // Then what is on the disk is unknown, as it is after a failed sync.
    }
    this.#broken = new StoreError(
      'SW_STORE_FAILED',
      `${this.path} failed while it was written (${messageOf(reason)}): see whether the disk is in order (dmesg), then start again; what was acknowledged is safe`,
      { cause: reason },
    );
    return this.#broken;
  }

  async #rewriteLater(): Promise<void> {
    try {
      await this.#rewriteJournal();
    } catch {
      // No room for a second journal: the old one goes on, and is tried again when it has grown as much.
      this.#journalLimit = this.#journalLength + this.#maxJournalBytes;
    }
  }

  /** A new journal takes the place of the old one in one step. */
  async #rewriteJournal(): Promise<void> {
    const temporary = `${journalPath(this.path)}.new`;
    const sessions = Object.fromEntries(this.positions.entries());
    const record = Buffer.from(encodeRecord({ base: this.#length, sessions }));
    const journal = await open(temporary, 'w');
    try {
      await writeDurably(journal, record, 0);
      await rename(temporary, journalPath(this.path));
      await syncFolder(this.path);
    } catch (error) {
      await journal.close();
      throw error;
    }
    await this.#journal?.close();
    this.#journal = journal;
    this.#journalLength = record.length;
    this.#journalLimit = record.length * 2 + this.#maxJournalBytes;
  }
}

/** Where the journal of a file is. */
export function journalPath(path: string): string {
  return `${path}.journal`;
}

interface Start {
  readonly length: number;
  readonly positions: Iterable<readonly [string, number]>;
}

async function findStart(
  path: string,
  file: FileHandle,
  isNew: boolean,
  onNotice: (message: string) => void,
): Promise<Start> {
  const { size } = await file.stat();
  const text = await readIfThere(journalPath(path));
  if (isNew || text === undefined) {
    if (text !== undefined) onNotice(`${path} is gone and its journal is not: beginning anew`);
    return { length: size, positions: [] };
  }
  const state = decodeJournal(text, journalPath(path));
  return state.isClean
    ? startAfterClose(path, state, size, onNotice)
    : startAfterCrash(path, file, state, size, onNotice);
}

/** The file may have been edited since: what is there counts. */
function startAfterClose(
  path: string,
  state: JournalState,
  size: number,
  onNotice: (message: string) => void,
): Start {
  const closedAt = state.commits.at(-1)?.to ?? state.base.base;
  if (size !== closedAt) {
    onNotice(
      `${path} was changed since it was closed (${closedAt} bytes then, ${size} now): going on after them`,
    );
  }
  return { length: size, positions: positionsAfter(state, state.commits) };
}

/** The last commit counts if all its bytes are there; what stands behind the last that counts is cut off. */
async function startAfterCrash(
  path: string,
  file: FileHandle,
  state: JournalState,
  size: number,
  onNotice: (message: string) => void,
): Promise<Start> {
  const last = state.commits.at(-1);
  const commits =
    last === undefined || (await isWhole(file, last, size)) ? state.commits : state.commits.slice(0, -1);
  const length = commits.at(-1)?.to ?? state.base.base;
  if (size < length) {
    throw new StoreError(
      'SW_STORE_DAMAGED',
      `${path} has ${size} bytes and its journal says ${length}: put the file back as it was, or delete ${journalPath(path)} to go on after what is there`,
    );
  }
  if (size > length) {
    onNotice(
      `${path}: cut off the last ${size - length} bytes, which a crash left half-written; nothing acknowledged was in them`,
    );
  }
  return { length, positions: positionsAfter(state, commits) };
}

async function isWhole(file: FileHandle, { from, to, crc }: CommitRecord, size: number): Promise<boolean> {
  if (size < to || to - from > bufferConstants.MAX_LENGTH) return false;
  const chunk = Buffer.alloc(to - from);
  await file.read(chunk, 0, chunk.length, from);
  return crc32(chunk) === crc;
}

/** In the order they were used, so that the bound on sessions forgets the right ones. */
function positionsAfter(state: JournalState, commits: readonly CommitRecord[]): [string, number][] {
  return [state.base, ...commits].flatMap(record => Object.entries(record.sessions));
}

async function writeDurably(
  file: FileHandle | undefined,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; file !== undefined && done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  await file?.datasync();
}

/** A new name in a folder is durable when the folder is synced. */
async function syncFolder(path: string): Promise<void> {
  // Windows has no such call, and needs none.
  if (process.platform === 'win32') return;
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return (await isMissing(path)) ? undefined : readFile(path, 'utf8');
}
