/**
 * The answer to one request: which file or folder, and how it is sent.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { contentTypeOf } from './content-types.ts';
import { fileBody } from './file-body.ts';
import { planFile } from './file-plan.ts';
import { HttpProblem } from './http-problem.ts';
import { readListing } from './listing.ts';
import { LISTING_HEADERS, listingPage } from './listing-page.ts';
import { type Found, openFile, type ServedFolder } from './served-folder.ts';
import { formatPath, parseTarget, type Target } from './target.ts';

const METHODS = 'GET, HEAD, OPTIONS';
const INDEX = 'index.html';

/** One request with its answer. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Called with the size of each piece of a body that is handed on. */
  readonly onBytes: (count: number) => void;
}

/**
 * Answers, and resolves when the answer is sent.
 * @throws HttpProblem where nothing is sent yet; anything else where the connection has to end
 */
export async function answer(folder: ServedFolder, exchange: HttpExchange): Promise<void> {
  const { request, response } = exchange;
  checkHost(request);
  if (request.method === 'OPTIONS') {
    if (request.url !== '*') parseTarget(request.url ?? '');
    return send(exchange, 204, { Allow: METHODS }, '');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new HttpProblem(405, `files are read here, with ${METHODS}`, { Allow: METHODS });
  }
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const target = parseTarget(request.url ?? '');
  const found = await folder.find(target.names);
  if (found.kind === 'file') {
    if (target.isFolder) throw new HttpProblem(404, 'this is a file: its address has no slash at its end');
    return sendFile(exchange, found);
  }
  if (!target.isFolder) return redirect(exchange, target);
  const index = await findIndex(folder, target.names);
  if (index !== undefined) return sendFile(exchange, index);
  const page = listingPage(target.names, await readListing(folder, target.names, found.path));
  return send(exchange, 200, LISTING_HEADERS, page);
}

/** RFC 9112 section 3.2: HTTP/1.1 asks for a host, once. Which one makes no difference here. */
function checkHost({ headersDistinct, httpVersion }: IncomingMessage): void {
  const count = headersDistinct['host']?.length ?? 0;
  if (count > 1 || (count === 0 && httpVersion !== '1.0')) {
    throw new HttpProblem(400, 'a request says once which host it asks, with a Host head');
  }
}

/** The address of a folder ends with a slash, or the links in its page would lead elsewhere. */
function redirect(exchange: HttpExchange, { names, query }: Target): Promise<void> {
  const location = formatPath(names, true) + query;
  return send(exchange, 301, { Location: location }, `the folder is at ${location}\n`);
}

async function findIndex(folder: ServedFolder, names: readonly string[]): Promise<Found | undefined> {
  try {
    const found = await folder.find([...names, INDEX]);
    return found.kind === 'file' ? found : undefined;
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 404) return undefined;
    throw error;
  }
}

async function sendFile({ request, response, onBytes }: HttpExchange, found: Found): Promise<void> {
  const file = await openFile(found);
  try {
    const { status, headers, body } = planFile({
      method: request.method as string,
      headers: request.headers,
      file,
      type: contentTypeOf(basename(found.path)),
      nowMs: Date.now(),
      boundary: randomUUID(),
    });
    response.writeHead(status, headers);
    if (request.method === 'HEAD') await ended(response);
    else await pipeline(fileBody(file.handle, body, onBytes), response);
  } finally {
    await file.handle.close();
  }
}

/** A body that is made here; text where the heads do not say otherwise. */
export async function send(
  { request, response, onBytes }: HttpExchange,
  status: number,
  headers: OutgoingHttpHeaders,
  text: string,
): Promise<void> {
  const body = Buffer.from(text);
  const about = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length };
  response.writeHead(status, status === 204 ? headers : { ...about, ...headers });
  if (request.method !== 'HEAD') onBytes(body.length);
  await ended(response, body);
}

function ended(response: ServerResponse, body?: Buffer): Promise<void> {
  response.end(body);
  return finished(response);
}
