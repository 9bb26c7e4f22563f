/**
 * What a benchmark needs around itself: a folder of its own and processes of its own, and the end of both,
 * whether the benchmark ends well, throws, or is interrupted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';

/** The folder of the checkout. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** Signals that end a run early; the exit code is 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

export class Workbench implements AsyncDisposable {
  /** Empty at first, gone afterwards; on the disk of the temporary folder. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sensewire-bench-'));
  readonly #children = new Set<Child>();
  #names = 0;

  constructor() {
    process.on('exit', this.#leave);
    for (const [signal, code] of Object.entries(SIGNALS)) {
      const onSignal = (): never => process.exit(code);
      process.once(signal, onSignal);
      this.#forget.push(() => process.off(signal, onSignal));
    }
  }

  readonly #forget: (() => void)[] = [];

  /** A name that no other file of this run has. */
  path(name: string): string {
    return join(this.folder, `${this.#names++}-${name}`);
  }

  /** Starts a program; it is ended with the workbench at the latest. */
  start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    const child = new Child(program, args, { cwd: this.folder, env: { ...process.env, ...env } });
    this.#children.add(child);
    void child.ended.finally(() => this.#children.delete(child));
    return child;
  }

  /** Starts a TypeScript file of ours with arguments as one JSON object. */
  startScript(url: URL, options: object): Child {
    return this.start(process.execPath, [fileURLToPath(url), JSON.stringify(options)]);
  }

  /** Starts our command line. */
  startCli(...args: string[]): Child {
    return this.start(process.execPath, [join(ROOT, 'bin/sensewire.cjs'), ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map(child => child.stop()));
    rmSync(this.folder, { recursive: true, force: true });
    process.off('exit', this.#leave);
    for (const forget of this.#forget) forget();
  }

  readonly #leave = (): void => {
    for (const child of this.#children) child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  };
}

/** Ports of the loopback address that nobody listens at just now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async server => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
      await promise;
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
      return address.port;
    }),
  );
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
