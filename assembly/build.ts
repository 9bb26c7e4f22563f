/**
 * Makes `src/analysis/lane-module.ts`: the fast lane, compiled to WebAssembly. It is kept in the repository, so that nobody but who
 * changes the lane needs the compiler (100 MB). Run it: `npm ci --prefix assembly && npm run build --prefix assembly`.
 *
 * With `--check` nothing is written: it fails where the sources make another module than the one that is kept.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import asc from 'assemblyscript/asc';
import { layoutSource } from './layout-source.ts';
import { sourceHash } from './source-hash.ts';

const FOLDER = import.meta.dirname;
const MODULE = resolve(FOLDER, '../src/analysis/lane-module.ts');
const LAYOUT = join(FOLDER, 'lane/layout.ts');
const LINE = 110;

async function compile(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'sensewire-assembly-'));
  try {
    const { error, stderr } = await asc.main(
      [
        join(FOLDER, 'lane/fast-lane.ts'),
        '--outFile',
        join(folder, 'lane.wasm'),
        '-O3',
        // No garbage collector, no traps of its own: everything is numbers in one memory.
        ...['--runtime', 'stub', '--noAssert', '--noColors'],
        ...['--importMemory', '--sharedMemory', '--enable', 'threads', '--maximumMemory', '65536'],
      ],
      {},
    );
    if (error !== null) throw new Error(`${stderr.toString()}${error.message}`);
    return readFileSync(join(folder, 'lane.wasm'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function moduleSource(wasm: Uint8Array): string {
  const text = Buffer.from(wasm).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE - 6}}`, 'g')) ?? [];
  return `/** The fast lane as WebAssembly, in base64. Made by \`npm run build --prefix assembly\` from the sources there. */

/** SHA-256 of what it was made from. */
export const LANE_SOURCES = '${sourceHash()}';

export const LANE_MODULE: string = [
${lines.map(line => `  '${line}',`).join('\n')}
].join('');
`;
}

const layout = layoutSource();
if (process.argv.includes('--check')) {
  if (
    readFileSync(LAYOUT, 'utf8') !== layout ||
    readFileSync(MODULE, 'utf8') !== moduleSource(await compile())
  ) {
    throw new Error('the fast lane is not what its sources make: npm run build --prefix assembly');
  }
} else {
  writeFileSync(LAYOUT, layout);
  writeFileSync(MODULE, moduleSource(await compile()));
}
