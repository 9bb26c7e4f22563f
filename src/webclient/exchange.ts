/**
 * One request and its answer over one connection, which is closed after it.
 */
import { once } from 'node:events';
import {
  request as ask,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { NetworkError, RemoteProtocolError, SensewireError } from '../errors/errors.ts';
import { systemCode } from '../socket/network-error.ts';
import { BodyReader } from './body-reader.ts';
import { HeadTap } from './head-tap.ts';
import { openWebConnection, type ReachOptions, type WebConnection } from './web-connection.ts';
import type { WebUrl } from './web-url.ts';

/** What happens on the way, for people who look on. Heads are as on the wire, a character for each byte. */
export interface ExchangeWatch {
  onConnected?(connection: WebConnection): void;
  onRequestHead?(head: string): void;
  onResponseHead?(head: string): void;
}

export interface ExchangeOptions extends ReachOptions {
  readonly method: 'GET' | 'HEAD';
  /** More heads, such as Range. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly watch?: ExchangeWatch;
}

export interface WebResponse {
  readonly url: WebUrl;
  readonly status: number;
  /** What the server calls its status: text of its own. */
  readonly reason: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body as the server says; undefined where it does not. */
  readonly length: number | undefined;
  /** Pieces of the body. @throws NetworkError SW_END_OF_STREAM where it ends early; or the signal's reason */
  body(): AsyncGenerator<Buffer, void, undefined>;
  /** Drops the connection. Idempotent. */
  close(): void;
}

/**
 * Asks, and resolves with the head of the answer.
 * @throws NetworkError, RemoteProtocolError SW_PROTOCOL, or the signal's reason
 */
export async function exchange(
  url: WebUrl,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<WebResponse> {
  const { method, headers = {}, watch = {} } = options;
  const connection = await openWebConnection(url, options, signal);
  watch.onConnected?.(connection);
  const { stream } = connection;
  let failure: Error | undefined;
  let body: BodyReader | undefined;
  stream.on('error', error => {
    failure ??= error;
    body?.takeUnparsed(stream);
  });
  const onAbort = (): void => void stream.destroy();
  signal.addEventListener('abort', onAbort);
  stream.once('close', () => signal.removeEventListener('abort', onAbort));
  /** Node.js says of every broken connection that it was reset; the socket says why. */
  const because = (error: unknown, sofar: string): Error => {
    if (signal.aborted) return signal.reason as Error;
    return explain(failure ?? error, url, sofar);
  };
  try {
    // All heads are given, so that Node.js adds none, and what is shown is what is sent.
    const heads = {
      Host: url.authority,
      'User-Agent': 'sensewire',
      Accept: '*/*',
      ...headers,
      Connection: 'close',
    };
    const lines = Object.entries(heads).map(([name, value]) => `${name}: ${value}`);
    const request = ask({ createConnection: () => stream, method, path: url.target, headers: heads });
    tap(request, stream, head => watch.onResponseHead?.(head));
    watch.onRequestHead?.([`${method} ${url.target} HTTP/1.1`, ...lines].join('\r\n'));
    request.once('response', message => {
      body = new BodyReader(message);
    });
    request.end();
    const [message] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    return responseOf(url, message, body as BodyReader, stream, because);
  } catch (error) {
    stream.destroy();
    throw because(error, 'before it answered');
  }
}

/** Listens beside Node.js, from the first byte on. */
function tap(request: ClientRequest, stream: Duplex, onHead: (head: string) => void): void {
  const heads = new HeadTap(onHead);
  request.once('socket', () => stream.on('data', (bytes: Buffer) => heads.take(bytes)));
}

function responseOf(
  url: WebUrl,
  message: IncomingMessage,
  body: BodyReader,
  stream: Duplex,
  because: (error: unknown, sofar: string) => Error,
): WebResponse {
  const length = message.headers['content-length'];
  const total = length === undefined ? undefined : Number(length);
  return {
    url,
    status: message.statusCode as number,
    reason: message.statusMessage as string,
    httpVersion: message.httpVersion,
    headers: message.headers,
    length: total,
    async *body() {
      let bytes = 0;
      try {
        for await (const piece of body.pieces()) {
          bytes += piece.length;
          yield piece;
        }
      } catch (error) {
        throw because(error, `after ${bytes}${total === undefined ? '' : ` of ${total}`} bytes of the body`);
      } finally {
        stream.destroy();
      }
    },
    close: () => void stream.destroy(),
  };
}

/** What Node.js or the socket threw, as an error of ours. */
function explain(error: unknown, url: WebUrl, sofar: string): Error {
  if (error instanceof SensewireError && error.code !== 'SW_NETWORK') return error;
  const code = systemCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code.startsWith('HPE_')) {
    const what = `${url.authority} sent what is no HTTP ${sofar}: ${message.replace('Parse Error: ', '')} (${code})`;
    return new RemoteProtocolError('SW_PROTOCOL', what, 0);
  }
  const broken = error instanceof SensewireError || code === 'ECONNRESET';
  if (!broken) return error instanceof Error ? error : new Error(message);
  return new NetworkError('SW_END_OF_STREAM', `${url.authority} ended the connection ${sofar}`, {
    cause: error,
    retryable: true,
  });
}
