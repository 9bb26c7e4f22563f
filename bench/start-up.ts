/**
 * Wall-clock time from starting `sensewire --help` to its end, against Node.js doing nothing, in turns.
 *
 * `npx` is npm looking the program up in the checkout before it starts it. Run alone: `node bench/start-up.ts`.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { runAlone } from './harness/command-line.ts';
import {
  type BenchOptions,
  interleave,
  type Metric,
  type Report,
  rowOf,
  target,
  timesBetter,
  type Variant,
} from './harness/report.ts';
import { ROOT } from './harness/workbench.ts';

const ROUNDS = 25;
const WALL: Metric = { key: 'ms', label: 'ms', better: 'less', digits: 1 };

const NOTHING = 'node -e 0';
const HELP = 'node bin/sensewire.cjs --help';

function timed(name: string, program: string, ...args: string[]): Variant {
  // npx shall find this Node.js, as it does in an npm script.
  const { PATH: before = '' } = process.env;
  const PATH = `${dirname(process.execPath)}:${before}`;
  const measure = (): Promise<{ ms: number }> => {
    const startMs = performance.now();
    const { status, error, stderr } = spawnSync(program, args, { cwd: ROOT, env: { ...process.env, PATH } });
    const ms = performance.now() - startMs;
    if (status !== 0) throw error ?? new Error(`${name} ended with ${status}: ${stderr}`);
    return Promise.resolve({ ms });
  };
  return { name, measure };
}

/** Measures everything. */
export async function run({ rounds, quick }: BenchOptions): Promise<Report[]> {
  const variants = [
    timed(NOTHING, process.execPath, '-e', '0'),
    timed(HELP, process.execPath, join(ROOT, 'bin/sensewire.cjs'), '--help'),
    timed(
      'node bin/sensewire.cjs send --help',
      process.execPath,
      join(ROOT, 'bin/sensewire.cjs'),
      'send',
      '--help',
    ),
    timed('npx sensewire --help', 'npx', '--no-install', 'sensewire', '--help'),
  ];
  // The first of each fills the caches: of the disk, and of compiled code.
  await interleave(variants, 1);
  const rows = await interleave(variants, rounds ?? (quick ? 3 : ROUNDS));
  const ratio = 1 / timesBetter(WALL, rowOf(rows, HELP), rowOf(rows, NOTHING));
  return [
    {
      title: 'Start-up: wall-clock time',
      metrics: [WALL],
      rows,
      ours: HELP,
      targets: target('times that of node -e 0', ratio, '<', 2.5),
      notes: [],
    },
  ];
}

if (import.meta.main) await runAlone(run);
