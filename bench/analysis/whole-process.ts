/**
 * Whole processes, measured from their start to their end: wall clock, processor time, the most memory at once.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { missingProgram, program } from '../harness/programs.ts';
import type { Metric, Variant } from '../harness/report.ts';
import { numberAt } from '../harness/values.ts';
import type { Workbench } from '../harness/workbench.ts';

export const WALL: Metric = { key: 'seconds', label: 'seconds', better: 'less', digits: 3 };
export const CPU: Metric = { key: 'cpu', label: 'CPU seconds', better: 'less', digits: 3 };
export const PEAK: Metric = { key: 'peakMb', label: 'most memory MB', better: 'less', digits: 0 };

export class WholeProcesses {
  readonly #bench: Workbench;
  readonly #measure: string;

  /** @throws Error where there is no C compiler */
  constructor(bench: Workbench) {
    this.#bench = bench;
    this.#measure = bench.path('measure');
    const source = fileURLToPath(new URL('measure.c', import.meta.url));
    const built = spawnSync('cc', ['-O2', '-o', this.#measure, source], { encoding: 'utf8' });
    if (built.status !== 0)
      throw new Error(`measuring needs a C compiler (Debian: gcc): ${built.stderr ?? built.error}`);
  }

  /** Node.js with these arguments. */
  node(name: string, ...args: readonly string[]): Variant {
    return { name, measure: () => this.#run(process.execPath, args) };
  }

  /** A program of somebody else; the Debian package has its name. */
  peer(name: string, command: string, ...args: readonly string[]): Variant {
    return { name, missing: missingProgram(command), measure: () => this.#run(program(command), args) };
  }

  async #run(path: string, args: readonly string[]): Promise<Record<string, number>> {
    // An empty folder: Wireshark's programs as they are without anybody's settings.
    const child = this.#bench.start(this.#measure, [path, ...args], {
      WIRESHARK_CONFIG_DIR: this.#bench.folder,
    });
    const done = await child.event('done');
    await child.ended;
    const status = numberAt(done, 'status');
    if (status !== 0) throw new Error(`${path} ${args.join(' ')} ended with ${status}`);
    return {
      seconds: numberAt(done, 'seconds'),
      cpu: numberAt(done, 'cpu_seconds'),
      peakMb: numberAt(done, 'peak_bytes') / 1e6,
    };
  }
}
