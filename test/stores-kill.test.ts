/**
 * `kill -9` at seeded random moments: what was acknowledged is there, and nothing is there twice.
 *
 * `SEED=… npx vitest run test/stores-kill.test.ts` replays a run as far as the machine's timing lets it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openReader } from '../src/stores/open.ts';

const KILLS_A_STORE = 20;
const SEED = Number(process.env['SEED'] ?? 20_260_101);
const CHILD = fileURLToPath(new URL('./stores-kill-child.ts', import.meta.url));

type Kind = 'sqlite' | 'text' | 'csv' | 'jsonl';

/** What the child said, of each session. */
interface Told {
  readonly positions: number[];
  readonly stored: number[];
}

/** Runs the child; kills it when it has said `killAfter` things, at once for 0, never where undefined. */
async function run(kind: Kind, path: string, seed: number, killAfter: number | undefined): Promise<Told> {
  const limit = killAfter === undefined ? 50 : Number.MAX_SAFE_INTEGER;
  const args = [CHILD, kind, path, String(seed), String(limit)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    return await listen(child, killAfter);
  } finally {
    child.kill('SIGKILL');
  }
}

async function listen(child: ChildProcess, killAfter: number | undefined): Promise<Told> {
  const told: Told = { positions: [], stored: [0, 0] };
  let errors = '';
  child.stderr?.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const closed = once(child, 'close');
  if (killAfter === 0) child.kill('SIGKILL');
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    const [what, session, number] = line.split(' ');
    told[what === 'position' ? 'positions' : 'stored'][Number(session)] = Number(number);
    lines += 1;
    if (lines === killAfter) child.kill('SIGKILL');
  }
  const [code] = (await closed) as [number | null];
  expect(errors).toBe('');
  expect(code).toBe(killAfter === undefined ? 0 : null);
  return told;
}

async function valuesIn(kind: Kind, path: string): Promise<number[]> {
  if (kind === 'text') return (await readFile(path, 'utf8')).trimEnd().split('\n').map(Number);
  await using reader = await openReader(`${kind}:${path}`);
  const values: number[] = [];
  for await (const piece of reader.readings()) for (const { value } of piece) values.push(Number(value));
  return values;
}

test.concurrent.for<Kind>(['sqlite', 'text', 'csv', 'jsonl'])(
  `%s keeps each acknowledged reading once through ${KILLS_A_STORE} kills (SEED=${SEED})`,
  { timeout: 60_000 },
  async kind => {
    const folder = await mkdtemp(join(tmpdir(), 'sensewire-kill-'));
    try {
      const path = join(folder, 'readings');
      const acknowledged = [0, 0];
      const hold = ({ positions, stored }: Told): void => {
        for (const session of [0, 1]) {
          // A child that was killed before it opened the store told nothing.
          expect(positions[session] ?? Infinity).toBeGreaterThanOrEqual(acknowledged[session]!);
          acknowledged[session] = Math.max(acknowledged[session]!, stored[session]!);
        }
      };
      for (let kill = 0; kill < KILLS_A_STORE; kill++) {
        const killAfter = ((SEED + kill * 7_919) >>> 3) % 60;
        hold(await run(kind, path, SEED + kill, kill % 7 === 3 ? 0 : killAfter));
      }
      const last = await run(kind, path, SEED + KILLS_A_STORE, undefined);
      hold(last);
      const values = (await valuesIn(kind, path)).sort((a, b) => a - b);
      const expected = [0, 1].flatMap(session =>
        Array.from({ length: last.stored[session]! }, (_, number) => 2 * number + session),
      );
      expect(values).toEqual(expected.sort((a, b) => a - b));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
