/**
 * A download on disk: `FILE.part` while it comes, FILE when it is whole. `FILE.part.json` says of which version the part
 * is, so that a later try asks for the rest of that version and of no other (RFC 9110 section 13.1.5).
 *
 * A device or pipe is written as it is: there is nothing to rename.
 */
import { type FileHandle, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RemoteProtocolError, StoreError } from '../errors/errors.ts';
import { systemCode } from '../socket/network-error.ts';
import type { WebResponse } from './exchange.ts';
import type { WebUrl } from './web-url.ts';

/** What tells the version of a part. */
interface PartState {
  readonly url: string;
  /** For If-Range: a strong entity tag, or a date that is worth as much. Undefined: the server gave neither. */
  readonly validator?: string | undefined;
}

/** How a part goes on with an answer. */
export type Continuation =
  /** There was nothing to go on with. */
  | { readonly kind: 'new' }
  /** `isSame`: the server says that it is the same version; else nobody can tell. */
  | { readonly kind: 'resumed'; readonly at: number; readonly isSame: boolean }
  /** It begins again, and why. */
  | { readonly kind: 'anew'; readonly because: string };

export class PartFile {
  /** The file in the end, links followed. */
  readonly path: string;
  /** The same, as it was given: what people are told. */
  readonly name: string;
  readonly #url: WebUrl;
  readonly #isPlain: boolean;
  readonly #state: PartState | undefined;
  /** Bytes of an earlier try. */
  readonly #had: number;
  #handle: FileHandle | undefined;
  #canResume = false;

  private constructor(
    path: string,
    name: string,
    url: WebUrl,
    isPlain: boolean,
    had: number,
    state: PartState | undefined,
  ) {
    this.path = path;
    this.name = name;
    this.#url = url;
    this.#isPlain = isPlain;
    this.#had = had;
    this.#state = state;
  }

  /**
   * Looks at what is there; writes nothing yet.
   * @param resume whether to go on with an earlier part
   * @throws StoreError where nothing can be written there
   */
  static async prepare(path: string, url: WebUrl, resume: boolean): Promise<PartFile> {
    try {
      const target = await realpath(path).catch(() => path);
      const stats = await stat(target).catch(() => undefined);
      if (stats?.isDirectory())
        throw new StoreError('SW_STORE_FAILED', `${path} is a folder: name a file in it`);
      await stat(dirname(target));
      const isPlain = stats?.isFile() ?? true;
      if (!resume || !isPlain) return new PartFile(target, path, url, isPlain, 0, undefined);
      const part = await stat(`${target}.part`).catch(() => undefined);
      const state = await readState(`${target}.part.json`);
      return new PartFile(target, path, url, isPlain, part?.size ?? 0, state);
    } catch (error) {
      throw failure(error, path);
    }
  }

  /** Heads that ask for the rest, where a part of this address is there and can be trusted. */
  get headers(): Readonly<Record<string, string>> {
    const state = this.#resumable;
    if (state === undefined) return {};
    const range = { Range: `bytes=${this.#had}-` };
    return state.validator === undefined ? range : { ...range, 'If-Range': state.validator };
  }

  /** True where a later try with `resume` can go on. */
  get canResume(): boolean {
    return this.#canResume;
  }

  get #resumable(): PartState | undefined {
    return this.#had > 0 && this.#state?.url === this.#url.href ? this.#state : undefined;
  }

  /** Whether the server says that there is no more than the part has. Changed files are sent, by If-Range. */
  isWhole({ status, headers }: WebResponse): boolean {
    const total = `bytes */${this.#had}`;
    return this.#resumable !== undefined && status === 416 && headers['content-range'] === total;
  }

  /**
   * Opens the part for what the answer brings.
   * @throws StoreError; RemoteProtocolError SW_PROTOCOL where it is another range than the one that was asked for
   */
  async accept(response: WebResponse): Promise<Continuation> {
    const continuation = this.#continuation(response);
    const validator = validatorOf(response);
    this.#canResume = this.#isPlain;
    try {
      this.#handle = await open(this.#partPath, continuation.kind === 'resumed' ? 'a' : 'w');
      if (this.#canResume) {
        await writeFile(`${this.path}.part.json`, `${JSON.stringify({ url: this.#url.href, validator })}\n`);
      }
    } catch (error) {
      throw failure(error, this.path);
    }
    return continuation;
  }

  #continuation({ status, headers, url }: WebResponse): Continuation {
    const range = headers['content-range'];
    if (status === 206) {
      const start = /^bytes (\d+)-/.exec(range ?? '')?.[1];
      if (this.#resumable !== undefined && Number(start) === this.#had)
        return { kind: 'resumed', at: this.#had, isSame: this.#resumable.validator !== undefined };
      const asked = this.#resumable === undefined ? 'the whole' : `the bytes from ${this.#had} on`;
      throw new RemoteProtocolError(
        'SW_PROTOCOL',
        `${url.href} sends "${range}", and ${asked} was asked for`,
        status,
      );
    }
    if (this.#had === 0) return { kind: 'new' };
    const state = this.#resumable;
    if (state === undefined) return { kind: 'anew', because: 'nothing tells which version the part is of' };
    const isSame =
      state.validator === undefined || [headers.etag, headers['last-modified']].includes(state.validator);
    return {
      kind: 'anew',
      because: isSame ? 'the server sends no ranges' : 'the file on the server has changed',
    };
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await (this.#handle as FileHandle).write(bytes, at)).bytesWritten;
      }
    } catch (error) {
      throw failure(error, this.path);
    }
  }

  /** All is there: the part becomes the file. @throws StoreError */
  async finish(): Promise<void> {
    try {
      await this.#handle?.close();
      if (!this.#isPlain) return;
      await rename(this.#partPath, this.path);
      await rm(`${this.path}.part.json`, { force: true });
    } catch (error) {
      throw failure(error, this.path);
    }
  }

  /** It ends early: the part stays. */
  async abandon(): Promise<void> {
    await this.#handle?.close();
  }

  get #partPath(): string {
    return this.#isPlain ? `${this.path}.part` : this.path;
  }
}

async function readState(path: string): Promise<PartState | undefined> {
  try {
    const { url, validator } = JSON.parse(await readFile(path, 'utf8')) as Partial<PartState>;
    if (typeof url !== 'string') return undefined;
    if (validator === undefined) return { url };
    return typeof validator === 'string' && /^[\x20-\x7e]+$/.test(validator) ? { url, validator } : undefined;
  } catch {
    return undefined;
  }
}

/** What an answer can be told from other versions by, byte for byte (RFC 9110 sections 8.8.1 and 8.8.2.2). */
function validatorOf({ headers }: WebResponse): string | undefined {
  const { etag, date } = headers;
  if (etag?.startsWith('"')) return etag;
  const modified = headers['last-modified'];
  const isOld = modified !== undefined && Date.parse(date ?? '') - Date.parse(modified) >= 1_000;
  return isOld ? modified : undefined;
}

function failure(error: unknown, path: string): Error {
  const code = systemCode(error);
  const make = (name: 'SW_STORE_FULL' | 'SW_STORE_READ_ONLY' | 'SW_STORE_FAILED', text: string): StoreError =>
    new StoreError(name, `${text} (${code})`, { cause: error, errno: code });
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return make('SW_STORE_FAILED', `there is no folder ${dirname(path)}: create it first`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return make(
        'SW_STORE_READ_ONLY',
        `${path} may not be written: change its rights, or choose another place`,
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return make(
        'SW_STORE_FULL',
        `no room to write ${path}: free space on its disk, then go on with --continue`,
      );
    default:
      if (error instanceof StoreError || code === '') return error as Error;
      return make('SW_STORE_FAILED', `${path} failed: ${(error as Error).message}`);
  }
}
