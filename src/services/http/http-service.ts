/**
 * `serve http`: a file server (RFC 9110, RFC 9112) over our sockets. Node.js's own parser reads the requests.
 *
 * GET, HEAD and OPTIONS; ranges, conditions, listings, `index.html`. Nothing is kept in memory between requests, and of a
 * file no more than a piece at a time.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { SensewireError } from '../../errors/errors.ts';
import { duplexOf } from '../../socket/duplex.ts';
import { systemCode } from '../../socket/network-error.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { Conversation, Dismissal, StreamService } from '../service.ts';
import { answer, type HttpExchange, send } from './answer.ts';
import { HttpConnection, rawAnswer } from './http-connection.ts';
import { HttpProblem } from './http-problem.ts';
import { KEEP_ALIVE_MS, MOST_HEAD_BYTES, STALLED_MS } from './limits.ts';
import { fileProblem, ServedFolder } from './served-folder.ts';

/** One request that was answered, for a log line. Texts are the client's: to be made plain before they are printed. */
export interface RequestRecord {
  /** The client's address as a URL. */
  readonly peer: string;
  readonly method: string;
  /** As it stands in the request. */
  readonly target: string;
  readonly status: number;
  /** Bytes of the body that were handed to the socket. */
  readonly bytes: number;
  /** From the request's head to the last byte. */
  readonly durationUs: number;
  /** False where the connection ended before the answer did. */
  readonly isComplete: boolean;
}

export interface HttpServiceOptions {
  readonly onRequest?: (record: RequestRecord) => void;
  /** As the server's: the `Keep-Alive` head promises no more. */
  readonly idleUs?: number | undefined;
}

/** What Node.js says of bytes that are no request. */
type ParseError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer; readonly bytesParsed?: number };

/** What the parser found, as an answer. */
const PARSE_PROBLEMS: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, `the head of a request has at most ${MOST_HEAD_BYTES} bytes`],
  HPE_INVALID_VERSION: [505, 'HTTP/1.1 and HTTP/1.0 are spoken here'],
};

/**
 * Serves a folder. Symbolic links are followed inside it only; names that begin with a dot are not served.
 * @throws UsageError SW_USAGE where `folder` is none
 */
export function httpService(folder: string, { onRequest, idleUs }: HttpServiceOptions = {}): StreamService {
  const served = new ServedFolder(folder);
  const connections = new WeakMap<Duplex, HttpConnection>();

  const answerOne = async (
    request: IncomingMessage,
    response: ServerResponse,
    conversation: Conversation,
  ): Promise<void> => {
    const startMs = performance.now();
    let bytes = 0;
    const onBytes = (count: number): void => {
      bytes += count;
    };
    await answerOrProblem(served, { request, response, onBytes }, conversation);
    onRequest?.({
      peer: conversation.peer,
      method: request.method ?? '',
      target: request.url ?? '',
      status: response.statusCode,
      bytes,
      durationUs: Math.round((performance.now() - startMs) * 1_000),
      isComplete: response.writableFinished,
    });
  };

  const server = newParser(idleUs);
  server.on('request', (request, response) => {
    response.setHeader('Server', 'sensewire');
    connections.get(request.socket)?.take(request, response);
  });
  server.on('connect', (_request, duplex) =>
    connections.get(duplex)?.reject(501, 'this is no proxy: ask with GET'),
  );
  server.on('clientError', (error: ParseError, duplex) => {
    // A connection that broke has nobody to tell.
    if (error.code?.startsWith('HPE_')) {
      const [status, reason] = PARSE_PROBLEMS[error.code] ?? notHttp(error);
      connections.get(duplex)?.reject(status, reason);
    } else duplex.destroy();
  });

  return (socket: StreamSocket, conversation: Conversation): Promise<void> => {
    const duplex = duplexOf(socket);
    const connection = new HttpConnection(duplex, conversation, answerOne);
    connections.set(duplex, connection);
    return new Promise((resolve, reject) => {
      let failure: Error | undefined;
      duplex.on('error', error => {
        // Any other error has been said already.
        if (error instanceof SensewireError) failure = error;
      });
      duplex.on('close', () => {
        connection.end().then(() => (failure === undefined ? resolve() : reject(failure)), reject);
      });
      server.emit('connection', duplex);
    });
  };
}

/** What a client is told that is sent away before it could ask. */
export function httpFarewell(_why: Dismissal, reason: string): string {
  return rawAnswer(503, reason);
}

/** Never listens: `connection` is emitted for each of our sockets, as node:http documents it. */
function newParser(idleUs = Number.POSITIVE_INFINITY): Server {
  const server = createServer({
    maxHeaderSize: MOST_HEAD_BYTES,
    keepAliveTimeout: Math.ceil(Math.min(KEEP_ALIVE_MS, idleUs / 1_000)),
    // `answer` says more than Node.js does.
    requireHostHeader: false,
  });
  server.timeout = STALLED_MS;
  // A client may shut its sending half after its request, and still gets its answer.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

function notHttp({
  code,
  rawPacket,
  bytesParsed = 0,
}: ParseError): readonly [status: number, reason: string] {
  const text = rawPacket?.toString('latin1') ?? '';
  const line = text.slice(text.lastIndexOf('\n', bytesParsed - 1) + 1).split('\r\n', 1)[0] as string;
  // RFC 9110 section 9.1: a method that is not known is not implemented.
  if (code === 'HPE_INVALID_METHOD' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP\/1\.[01]$/.test(line))
    return [501, 'this method is not known here'];
  return [400, 'this is no HTTP request'];
}

async function answerOrProblem(
  served: ServedFolder,
  exchange: HttpExchange,
  conversation: Conversation,
): Promise<void> {
  const { response } = exchange;
  try {
    await answer(served, exchange);
  } catch (error) {
    // A part of the answer that is left out would be taken for the next one: the connection ends.
    if (response.headersSent || response.destroyed) {
      if (!isDisconnection(error)) conversation.complain(String(error));
      response.destroy();
      return;
    }
    const problem = fileProblem(error);
    if (!(problem instanceof HttpProblem)) conversation.complain(`500: ${String(error)}`);
    const { status, message, headers } =
      problem instanceof HttpProblem ? problem : new HttpProblem(500, 'the server failed');
    const text = `${status} ${STATUS_CODES[status]}: ${message}\n`;
    await send(exchange, status, headers, text).catch(() => response.destroy());
  }
}

/** The client left, or its connection broke: the server has nothing to do with it. */
function isDisconnection(error: unknown): boolean {
  return (
    error instanceof SensewireError ||
    ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(systemCode(error))
  );
}
