/**
 * Answers over HTTP, with the headers that all of them have.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SensewireError } from '../errors/errors.ts';
import { HttpProblem } from './http-problem.ts';
import { MOST_BODY_BYTES } from './limits.ts';

/** Everything from here, nothing from elsewhere, in no frame. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function setCommonHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** Answers with what went wrong; a bug of ours says so, and no more. */
export function answerProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = asProblem(error);
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  // What is left of a body that we did not want would be taken for the next request.
  if (problem.status === 413) response.setHeader('connection', 'close');
  answerJson(response, { error: problem.message }, problem.status);
}

function asProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof SensewireError)
    return new HttpProblem(error.name === 'UsageError' ? 400 : 503, error.message);
  return new HttpProblem(500, 'something went wrong here: please report it');
}

/** The body of a request as JSON. @throws HttpProblem 400, 413 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MOST_BODY_BYTES)
      throw new HttpProblem(413, `a command has at most ${MOST_BODY_BYTES} bytes`);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw new HttpProblem(400, 'the body is no JSON: send {"sensor":"…","action":"pause"}');
  }
}
