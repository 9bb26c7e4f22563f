/**
 * Which files the bundle of the command was made from: what `bin/is-fresh.cjs` compares at each start.
 */
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Plugin } from 'rolldown';

/** A file that is in the bundle, as it was when it was read. */
export interface Input {
  /** From the root: a checkout may be moved. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** What is in `inputs.json`. */
export interface Inputs {
  readonly files: readonly Input[];
  /** For a first argument of the command line: which of the files may be loaded then. */
  readonly commands: Readonly<Record<string, readonly number[]>>;
}

interface Module {
  readonly imports: readonly string[];
  /** What it loads when it is needed. */
  readonly lazyImports: readonly string[];
  /** Of the commands that it defines. */
  readonly commands: readonly string[];
}

/** With these nothing runs but the definitions of the commands. */
const QUESTIONS = ['--help', '-h', '--version', '-V'];

/** Looks on while the bundler works. */
export class InputRecord {
  readonly #root: string;
  readonly #files = new Map<string, Input>();
  readonly #modules = new Map<string, Module>();

  constructor(root: string) {
    this.#root = root;
  }

  get plugin(): Plugin {
    const record = this;
    return {
      name: 'input-record',
      load: id => (id.startsWith(join(this.#root, '/')) ? this.read(id) : null),
      buildEnd() {
        for (const id of this.getModuleIds()) {
          const { importedIds = [], dynamicallyImportedIds = [], code } = this.getModuleInfo(id) ?? {};
          const names = (code ?? '').matchAll(/new Command\(["']([a-z]+)["']\)/g);
          const commands = [...names].map(([, name]) => name as string);
          record.#modules.set(id, { imports: importedIds, lazyImports: dynamicallyImportedIds, commands });
        }
      },
    };
  }

  /** @param entries what is loaded without an `import` of it: the command itself, and worker threads */
  inputs(entries: readonly string[]): Inputs {
    // What a definition imports later is for its commands alone; what anything else does, for all of them.
    const always = this.#reached(entries, ({ imports, lazyImports, commands: defined }) =>
      defined.length > 0 ? imports : [...imports, ...lazyImports],
    );
    const ids = [...this.#files.keys()];
    const numbers = (reached: ReadonlySet<string>): number[] =>
      ids.flatMap((id, index) => (reached.has(id) ? [index] : []));
    const commands: Record<string, readonly number[]> = {};
    for (const question of QUESTIONS) commands[question] = numbers(always);
    for (const id of always) {
      const { lazyImports, commands: names } = this.#modules.get(id)!;
      const all = this.#reached(lazyImports, ({ imports, lazyImports: later }) => [...imports, ...later]);
      for (const name of names) commands[name] = numbers(new Set([...all, ...always]));
    }
    return { files: [...this.#files.values()], commands };
  }

  /** The bundler gets what is recorded, also of a file that changes meanwhile. */
  read(id: string): string {
    const { size, mtimeMs } = statSync(id);
    const code = readFileSync(id);
    const path = relative(this.#root, id).replaceAll('\\', '/');
    this.#files.set(id, { path, size, mtimeMs, sha256: hash('sha256', code) });
    return code.toString();
  }

  #reached(from: readonly string[], next: (module: Module) => readonly string[]): Set<string> {
    const reached = new Set(from.filter(id => this.#modules.has(id)));
    // A set goes on to what is added to it meanwhile.
    for (const id of reached) {
      for (const other of next(this.#modules.get(id)!)) if (this.#modules.has(other)) reached.add(other);
    }
    return reached;
  }
}
