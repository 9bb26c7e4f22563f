/**
 * The thread that reads an SQLite store: reducing millions of readings never holds up the network.
 */
import { workerData } from 'node:worker_threads';
import { sqliteFailure } from './sqlite-database.ts';
import { SqliteQueries } from './sqlite-queries.ts';
import { answerCalls } from './worker-calls.ts';

const { path } = workerData as { readonly path: string };
let queries: SqliteQueries | undefined;

answerCalls({
  methods: {
    open: () => {
      queries = new SqliteQueries(path);
    },
    find: name => queries?.find(name),
    sensors: () => queries?.sensors(),
    page: request => queries?.page(request),
    reduce: query => queries?.reduce(query),
    close: () => {
      queries?.close();
      queries = undefined;
    },
  },
  explain: error => sqliteFailure(error, path),
});
