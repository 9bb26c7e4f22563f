/**
 * Other people's servers for the tests of `talk`: Python's, ncat's and socat's; and `talk` itself with its bytes as they are.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { BIN } from '../cli-process.ts';
import { peerPath } from './programs.ts';

const running = new Set<ChildProcess>();

/** Ends what the tests have started. */
export async function endPeers(): Promise<void> {
  for (const child of [...running]) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    running.delete(child);
  }
}

/** Starts a server; resolves with the first group of `ready` where one of its outputs first matches it. */
export async function startPeer(command: string, args: readonly string[], ready: RegExp): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (bytes: Buffer): void => {
      said += bytes.toString();
      const found = ready.exec(said);
      if (found !== null) resolve(found[1] ?? '');
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('exit', code => reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`)));
  });
}

/** One of the Python servers, on a free port, which it prints. */
export function startPython(name: string, ...args: string[]): Promise<string> {
  return startPeer('python3', [peerPath(name), ...args], /ready (\d+)/);
}

export interface PipeResult {
  readonly code: number | null;
  readonly sha256: string;
  readonly bytes: number;
  /** The most memory that it has held, while it still had bytes to give. */
  readonly peakBytes: number;
  readonly err: string;
}

/** `talk` between pipes: what it gets, and a digest of what it gives. */
export async function pipeThrough(args: readonly string[], input: Readable): Promise<PipeResult> {
  const child = spawn(process.execPath, [BIN, 'talk', ...args], { stdio: 'pipe' });
  running.add(child);
  const hash = createHash('sha256');
  let [bytes, pieces, peakBytes, err] = [0, 0, 0, ''];
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  child.stdin.on('error', () => undefined);
  input.pipe(child.stdin);
  const exit = once(child, 'exit');
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
    if (pieces++ % 256 === 0) peakBytes = memoryPeak(child.pid as number) ?? peakBytes;
  }
  const [code] = (await exit) as [number | null];
  running.delete(child);
  return { code, sha256: hash.digest('hex'), bytes, peakBytes, err };
}

/** VmHWM of a process (proc(5)); undefined where it is gone already. */
function memoryPeak(pid: number): number | undefined {
  try {
    const found = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** script(1), which gives a program a terminal. */
export const PSEUDO_TERMINAL: string = 'script';

/** `talk` on a pseudo-terminal. */
export class Terminal {
  /** All that was shown, with its escape sequences. */
  shown = '';
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcess;
  #changed = Promise.withResolvers<void>();

  constructor(...args: readonly string[]) {
    const command = [process.execPath, BIN, 'talk', ...args].map(part => `'${part}'`).join(' ');
    this.#child = spawn(PSEUDO_TERMINAL, ['-qefc', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm' },
    });
    running.add(this.#child);
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      this.shown += bytes.toString();
      this.#change();
    });
    this.exit = new Promise(resolve => {
      this.#child.on('close', code => {
        running.delete(this.#child);
        this.#change();
        resolve(code);
      });
    });
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until this is shown so often. */
  async until(text: string, times = 1): Promise<void> {
    while (this.shown.split(text).length <= times) {
      if (!running.has(this.#child)) throw new Error(`it ended before that: ${this.shown}`);
      await this.#changed.promise;
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
