/**
 * Where a capture's bytes go: a file, or standard output. Writes one piece after the other; what waits is known, so that
 * who captures can stop taking packets out of the kernel's buffer.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { StoreError } from '../errors/errors.ts';

/** So much may wait for a slow disk or reader: what 0.1 s of the fastest captures gives. */
const MOST_WAITING_BYTES = 4 * 1_024 * 1_024;

export class CaptureOutput {
  readonly #path: string;
  readonly #file: FileHandle | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #written = 0;
  #failure: Error | undefined;
  #isReaderGone = false;
  /** Called when less waits again than may, or writing has failed. */
  onChange: () => void = () => undefined;

  private constructor(path: string, file: FileHandle | undefined) {
    this.#path = path;
    this.#file = file;
  }

  /** @param path `-`: standard output. @throws StoreError SW_STORE_… */
  static async open(path: string): Promise<CaptureOutput> {
    if (path === '-') return new CaptureOutput('standard output', undefined);
    try {
      return new CaptureOutput(path, await open(path, 'w'));
    } catch (error) {
      throw failure(path, error);
    }
  }

  get isFull(): boolean {
    return this.#waiting > MOST_WAITING_BYTES;
  }

  /** Bytes that were given to it. */
  get size(): number {
    return this.#written;
  }

  /** Nothing more is written: that failed, or the reader of standard output has enough. */
  get hasEnded(): boolean {
    return this.#failure !== undefined || this.#isReaderGone;
  }

  /** The bytes are copied. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting += bytes.length;
    this.#written += bytes.length;
    const piece = bytes.slice();
    this.#last = this.#last.then(() => this.#put(piece));
  }

  async #put(piece: Uint8Array): Promise<void> {
    try {
      if (!this.hasEnded) {
        if (this.#file === undefined) await toStandardOutput(piece);
        else await this.#file.writeFile(piece);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') this.#isReaderGone = true;
      else this.#failure = failure(this.#path, error);
    }
    this.#waiting -= piece.length;
    this.onChange();
  }

  /** Resolves when everything is written. @throws StoreError where it could not be */
  async close(): Promise<void> {
    await this.#last;
    try {
      await this.#file?.close();
    } catch (error) {
      this.#failure ??= failure(this.#path, error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function toStandardOutput(piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(piece, error => (error ? reject(error) : resolve()));
  });
}

function failure(path: string, error: unknown): StoreError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const what = `the capture cannot be written to ${path}`;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new StoreError('SW_STORE_FULL', `${what}: there is no room; what came before is in it`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StoreError('SW_STORE_READ_ONLY', `${what}: its rights do not allow it`, { cause: error });
  }
  const reason =
    code === 'ENOENT' ? 'there is no such folder' : code === 'EISDIR' ? 'it is a folder' : message;
  return new StoreError('SW_STORE_FAILED', `${what}: ${reason}`, { cause: error });
}
