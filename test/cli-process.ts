/**
 * The real command as a child process, for tests of what it promises on the command line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const BIN: string = resolve(import.meta.dirname, '../bin/sensewire.cjs');

/** A line of `--json`: its event, and whatever the event has. */
export interface JsonLine {
  readonly event: string;
  readonly urls?: readonly string[];
  readonly web?: string;
  readonly readings?: number;
  readonly stored?: number;
  readonly unacknowledged?: number;
  readonly seconds?: number;
  readonly ack_ms?: unknown;
  readonly one_way_ms?: unknown;
  readonly reason?: string;
  readonly error?: string;
  readonly refused?: Readonly<Record<string, number>>;
  readonly malformed?: number;
  readonly kernelDrops?: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given on standard input, which then ends. Undefined: standard input stays open. */
  readonly input?: string;
  readonly uid?: number;
  /** Another one than that of the checkout. */
  readonly bin?: string;
}

const running = new Set<Run>();

/** One command that runs, or has run. */
export class Run {
  readonly child: ChildProcess;
  /** Lines of standard output and of standard error. */
  readonly out: string[] = [];
  readonly err: string[] = [];
  /** The exit code, or the signal that ended it; after both outputs have ended. */
  readonly exit: Promise<number | string | null>;
  #changed = Promise.withResolvers<void>();

  constructor(args: readonly string[], { cwd, env, input, uid, bin = BIN }: RunOptions = {}) {
    // The test runner's own wish for colours is none of ours.
    const { FORCE_COLOR: _, NO_COLOR: __, ...own } = process.env;
    this.child = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { ...own, ...env },
      ...(uid !== undefined && { uid, gid: uid }),
    });
    running.add(this);
    for (const [stream, lines] of [
      [this.child.stdout, this.out],
      [this.child.stderr, this.err],
    ] as const) {
      createInterface({ input: stream as NodeJS.ReadableStream, crlfDelay: 0 }).on('line', line => {
        lines.push(line);
        this.#change();
      });
    }
    this.exit = new Promise(done => {
      this.child.on('close', (code, signal) => {
        running.delete(this);
        this.#change();
        done(code ?? signal);
      });
    });
    // A command that ends before it has read its input closes the pipe.
    this.child.stdin?.on('error', () => undefined);
    if (input !== undefined) this.child.stdin?.end(input);
  }

  get json(): JsonLine[] {
    return this.out.map(line => JSON.parse(line) as JsonLine);
  }

  /** The first JSON line of this event. */
  async event(name: string, times = 1): Promise<JsonLine> {
    const found = (): JsonLine | undefined => this.json.filter(({ event }) => event === name)[times - 1];
    await this.until(() => found() !== undefined);
    return found() as JsonLine;
  }

  /** The addresses at which it listens. */
  async urls(): Promise<readonly string[]> {
    return (await this.event('listening')).urls ?? [];
  }

  /** Waits for something of its output. Fails where it ends without it. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (!running.has(this))
        throw new Error(`it ended before that:\n${[...this.out, ...this.err].join('\n')}`);
      await this.#changed.promise;
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Kills what a failed test has left. */
export async function endAll(): Promise<void> {
  for (const run of [...running]) {
    run.kill('SIGKILL');
    await run.exit;
  }
}
