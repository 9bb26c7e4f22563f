/**
 * One process of a benchmark: its JSON lines, its end, and what it has cost so far (from /proc).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isRecord } from './values.ts';

/** Ends politely within this, or is killed. */
const PATIENCE_MS = 20_000;
/** Of standard error, for the message where something failed. */
const KEPT_LINES = 20;
/** _SC_CLK_TCK is 100 on every Linux that Node.js runs on. */
const TICKS_A_SECOND = 100;

export interface ChildOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

type Line = Readonly<Record<string, unknown>>;

export class Child {
  readonly pid: number;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #lines: Line[] = [];
  readonly #errors: string[] = [];
  #changed = Promise.withResolvers<void>();
  #isOver = false;

  constructor(program: string, args: readonly string[], options: ChildOptions) {
    this.#name = [program, ...args].join(' ');
    this.#process = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const { promise, resolve } = Promise.withResolvers<number | string>();
    this.ended = promise;
    this.#process.once('error', error => {
      this.#errors.push(error.message);
      this.#end();
      resolve('not started');
    });
    this.#process.once('close', (code, signal) => {
      this.#end();
      resolve(code ?? signal ?? 'unknown');
    });
    this.pid = this.#process.pid ?? -1;
    createInterface({ input: this.#process.stdout! }).on('line', line => this.#onLine(line));
    createInterface({ input: this.#process.stderr! }).on('line', line => {
      this.#errors.push(line);
      if (this.#errors.length > KEPT_LINES) this.#errors.shift();
      this.#notify();
    });
  }

  /** The first JSON line of this event, now or later. */
  async event(name: string): Promise<Line> {
    for (;;) {
      const found = this.#lines.find(({ event }) => event === name);
      if (found !== undefined) return found;
      if (this.#isOver) throw new Error(this.#failure(`ended before its "${name}"`));
      await this.#changed.promise;
    }
  }

  /** Resolves when standard error has shown such a line. */
  async says(text: RegExp): Promise<void> {
    while (!this.#errors.some(line => text.test(line))) {
      if (this.#isOver) throw new Error(this.#failure(`ended before it said ${text}`));
      await this.#changed.promise;
    }
  }

  /** Asks it to end as Ctrl-C does, and waits for that. */
  async stop(): Promise<void> {
    if (!this.#isOver) this.#process.kill('SIGINT');
    const timer = setTimeout(() => this.kill(), PATIENCE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Processor time of all threads so far, in seconds, user and system: proc(5). */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  }

  /** The most memory it has held at once, in bytes. */
  peakBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  #onLine(text: string): void {
    try {
      const line: unknown = JSON.parse(text);
      if (isRecord(line)) this.#lines.push(line);
    } catch {
      // A line for people.
    }
    this.#notify();
  }

  #end(): void {
    this.#isOver = true;
    this.#notify();
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #failure(what: string): string {
    return [`${this.#name} ${what}`, ...this.#errors].join('\n  ');
  }
}
