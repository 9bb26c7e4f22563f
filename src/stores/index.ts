export { CSV_FORMAT } from './format/csv.ts';
export type { LineWriter, ReadingFormat } from './format/format.ts';
export { JSONL_FORMAT } from './format/jsonl.ts';
export { LINE_FORMAT } from './format/line.ts';
export { TEXT_FORMAT } from './format/text.ts';
export { valueReader } from './format/value.ts';
export { MemoryStore, NullStore } from './memory-store.ts';
export { MultiStore } from './multi-store.ts';
export {
  openReader,
  openStore,
  openStores,
  parseStoreSpec,
  type StoreOptions,
  type StoreSpec,
} from './open.ts';
export type {
  Bucket,
  ReadingQuery,
  ReduceQuery,
  StoredReading,
  StoredSensor,
  StoreReader,
} from './reader.ts';
export type { Store, StoreBatch } from './store.ts';
