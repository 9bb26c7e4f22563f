/**
 * The files of the page. Only what is in the table exists: there is no path to escape by.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';

const FOLDER = new URL('../../web/', import.meta.url);

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

const FILES: readonly (readonly [name: string, type: keyof typeof TYPES])[] = [
  ['index.html', 'html'],
  ['style.css', 'css'],
  ['app.js', 'js'],
  ['card.js', 'js'],
  ['chart.js', 'js'],
  ['commands.js', 'js'],
  ['format.js', 'js'],
  ['live.js', 'js'],
  ['model.js', 'js'],
  ['table.js', 'js'],
  ['icon.svg', 'svg'],
];

interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** The page's files in memory: 40 KB. */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files;
  }

  static async read(): Promise<StaticFiles> {
    const files = await Promise.all(
      FILES.map(async ([name, type]) => {
        const body = await readFile(new URL(name, FOLDER));
        const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
        return [name === 'index.html' ? '/' : `/${name}`, { body, type: TYPES[type], etag }] as const;
      }),
    );
    return new StaticFiles(new Map(files));
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Answers with a file that `has` knows; with 304 where the browser has it. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): void {
    const { body, type, etag } = this.#files.get(path)!;
    // Asked again each time: after an update the page and its scripts must fit together.
    const headers = { etag, 'cache-control': 'no-cache' };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': type, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}
