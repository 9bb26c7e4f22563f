/**
 * The thread that writes an SQLite store, so that waiting for the disk never holds up the network.
 */
import { workerData } from 'node:worker_threads';
import { sqliteFailure } from './sqlite-database.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { answerCalls } from './worker-calls.ts';

const { path, recentRows } = workerData as { readonly path: string; readonly recentRows?: number };
let writer: SqliteWriter | undefined;

answerCalls({
  methods: {
    open: () => {
      writer = new SqliteWriter(path, recentRows);
    },
    commit: message => writer?.commit(message),
    position: session => writer?.position(session),
    close: () => {
      writer?.close();
      writer = undefined;
    },
  },
  explain: error => sqliteFailure(error, path),
  afterAnswer: () => writer?.tidy(),
});
