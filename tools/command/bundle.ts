/**
 * Makes one file of the command, `dist/cli/main.js`, and one for each part that a command loads when it needs it: to load
 * hundreds of small modules takes longer than most of what they do.
 *
 * Beside them: the modules of worker threads by their names, the licences of what is in the bundle, and `inputs.json`, by
 * which `bin/is-fresh.cjs` sees whether a source has changed since. Run it: `node tools/command/bundle.ts`.
 */
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { plainBuiltins } from './builtins.ts';
import { InputRecord, type Inputs } from './inputs.ts';

const INPUTS = 'inputs.json';

/** Writes the bundle of the checkout `root` into its `dist/cli`. */
export async function bundleCommand(root: string): Promise<void> {
  const folder = join(root, 'dist/cli');
  const { chunks, inputs } = await bundle(root);
  const files = new Map(chunks.map(({ fileName, code }) => [fileName, code]));
  files.set('LICENSES.txt', licences(root, inputs));
  mkdirSync(folder, { recursive: true });
  // While it is away, a command that starts runs the sources.
  rmSync(join(folder, INPUTS), { force: true });
  for (const [name, text] of files) replace(join(folder, name), text);
  for (const name of readdirSync(folder)) {
    if (!files.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  replace(join(folder, INPUTS), JSON.stringify(inputs));
}

async function bundle(root: string): Promise<{ chunks: OutputChunk[]; inputs: Inputs }> {
  // A worker thread is started by the name of its file, as in the sources.
  const workers = globSync('src/*/*-worker.ts', { cwd: root });
  const entries = ['src/cli/main.ts', ...workers].map(path => join(root, path));
  const record = new InputRecord(root);
  // No command loads them: they count where everything does, before tests and packing.
  for (const tool of globSync('tools/command/*.ts', { cwd: root })) record.read(join(root, tool));
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    input: Object.fromEntries(entries.map(path => [basename(path, '.ts'), path])),
    // Paths in the root stay there, also where node_modules is a link.
    resolve: { symlinks: false },
    // It loads a library of machine code from its own folder.
    external: ['koffi'],
    plugins: [record.plugin, plainBuiltins],
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(`the bundle of the command: ${message}`);
    },
  });
  try {
    // Names stay as they are: a stack trace is to be read, and shorter ones start no sooner.
    const { output } = await build.generate({
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
    });
    return { chunks: output.filter(file => file.type === 'chunk'), inputs: record.inputs(entries) };
  } finally {
    await build.close();
  }
}

/** The notices that must go with copies of other people's code. */
function licences(root: string, { files }: Inputs): string {
  const names = files.map(({ path }) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  const packages = [...new Set(names)].filter(name => name !== undefined).sort();
  const notices = packages.map(name => {
    const folder = join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8')}`;
  });
  return `The command contains copies of:\n\n${notices.join('\n')}`;
}

/** At no time half a file. */
function replace(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

if (import.meta.main) await bundleCommand(resolve(import.meta.dirname, '../..'));
