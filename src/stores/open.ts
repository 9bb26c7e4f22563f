/**
 * Stores and readers by their address: `KIND:PATH`, or a path whose ending tells the kind.
 */
import { UsageError } from '../errors/errors.ts';
import { type FileKind, FileStore } from './file-store.ts';
import { LineReader } from './line-reader.ts';
import { NullStore } from './memory-store.ts';
import { MultiStore } from './multi-store.ts';
import type { StoreReader } from './reader.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

/** A store's address, taken apart. */
export type StoreSpec =
  | { readonly kind: FileKind | 'sqlite'; readonly path: string }
  | { readonly kind: 'none' };

/** How to open a store. */
export interface StoreOptions {
  /** Called with a sentence for people about what was found and done, such as a half-written line cut off. */
  readonly onNotice?: (message: string) => void;
}

const KINDS: readonly string[] = ['text', 'csv', 'jsonl', 'sqlite'];

const ENDINGS: Readonly<Record<string, FileKind | 'sqlite'>> = {
  db: 'sqlite',
  sqlite: 'sqlite',
  csv: 'csv',
  jsonl: 'jsonl',
  txt: 'text',
};

/**
 * Takes an address apart: `text:FILE`, `csv:FILE`, `jsonl:FILE`, `sqlite:FILE`, `none`, or a bare path that
 * ends in `.txt`, `.csv`, `.jsonl`, `.db` or `.sqlite`.
 * @throws UsageError SW_BAD_STORE
 */
export function parseStoreSpec(spec: string): StoreSpec {
  if (spec === 'none') return { kind: 'none' };
  const [, kind = '', path = ''] = /^([a-z]+):(.*)$/s.exec(spec) ?? [];
  if (KINDS.includes(kind) && path !== '') return { kind: kind as FileKind | 'sqlite', path };
  const byEnding = kind === '' ? ENDINGS[/\.([a-z]+)$/.exec(spec)?.[1] ?? ''] : undefined;
  if (byEnding !== undefined) return { kind: byEnding, path: spec };
  throw new UsageError(
    'SW_BAD_STORE',
    `"${spec}" is not a store: write text:FILE, csv:FILE, jsonl:FILE, sqlite:FILE or none`,
  );
}

/**
 * Opens a store for writing; makes its file where there is none.
 * @throws UsageError SW_BAD_STORE; StoreError as the file system says
 */
export async function openStore(spec: string, options: StoreOptions = {}): Promise<Store> {
  const parsed = parseStoreSpec(spec);
  if (parsed.kind === 'none') return new NullStore();
  if (parsed.kind === 'sqlite') return SqliteStore.open(parsed.path);
  return FileStore.open(parsed.kind, parsed.path, options);
}

/** Opens one store, or several as one that has what all of them have. At least one address. */
export async function openStores(specs: readonly string[], options: StoreOptions = {}): Promise<Store> {
  const opened: Store[] = [];
  try {
    for (const spec of specs) opened.push(await openStore(spec, options));
  } catch (error) {
    await Promise.allSettled(opened.map(store => store.close()));
    throw error;
  }
  const [only] = opened;
  return opened.length === 1 && only !== undefined ? only : new MultiStore(opened);
}

/**
 * Opens a store for reading, also while a collector writes it.
 * @throws UsageError SW_BAD_STORE where there is nothing to read in it; StoreError as the file system says
 */
export async function openReader(spec: string): Promise<StoreReader> {
  const parsed = parseStoreSpec(spec);
  if (parsed.kind === 'sqlite') return SqliteReader.open(parsed.path);
  if (parsed.kind === 'csv' || parsed.kind === 'jsonl') return new LineReader(parsed.kind, parsed.path);
  const why =
    parsed.kind === 'text'
      ? 'a text store holds values only, no times and no sensors: read the file itself, or collect into csv:, jsonl: or sqlite:'
      : 'none keeps nothing: collect into sqlite:, csv: or jsonl:';
  throw new UsageError('SW_BAD_STORE', `nothing can be read from ${spec}: ${why}`);
}
