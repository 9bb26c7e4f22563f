/**
 * A connection to a web server: our socket, and over it TLS where the address asks for it.
 *
 * `node:tls` speaks over our duplex as over any stream, so https takes the same road to the wire as http.
 */
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, getCACertificates, type TLSSocket } from 'node:tls';
import { NetworkError } from '../errors/errors.ts';
import { formatAddress, type StreamAddress } from '../socket/address.ts';
import { connectSocket } from '../socket/dial.ts';
import { duplexOf } from '../socket/duplex.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { tlsFailure } from './tls-failure.ts';
import type { WebUrl } from './web-url.ts';

/** How to reach a server. */
export interface ReachOptions {
  /** A Unix socket to speak to, whatever host the address names. */
  readonly unixPath?: string | undefined;
  /** Certificates (PEM) to trust besides those that Node.js trusts. */
  readonly ca?: string | undefined;
}

export interface WebConnection {
  readonly stream: Duplex;
  /** The address that was connected to. */
  readonly remote: string;
  /** Such as `TLSv1.3, TLS_AES_256_GCM_SHA384`; undefined without TLS. */
  readonly encryption: string | undefined;
}

/** @throws NetworkError, or the signal's reason */
export async function openWebConnection(
  url: WebUrl,
  { unixPath, ca }: ReachOptions,
  signal: AbortSignal,
): Promise<WebConnection> {
  const address: StreamAddress =
    unixPath === undefined
      ? { transport: 'tcp', host: url.host, port: url.port }
      : { transport: 'unix', path: unixPath };
  const socket = await reach(address, url, signal);
  const plain = duplexOf(socket);
  const remote = remoteOf(socket, address);
  if (!url.isSecure) return { stream: plain, remote, encryption: undefined };
  const secure = await encrypt(plain, url, ca, signal);
  const encryption = `${secure.getProtocol()}, ${secure.getCipher().standardName}`;
  return { stream: secure, remote, encryption };
}

async function reach(address: StreamAddress, url: WebUrl, signal: AbortSignal): Promise<StreamSocket> {
  try {
    return await connectSocket(address, { signal });
  } catch (error) {
    if (!(error instanceof NetworkError) || error.errno !== 'ECONNREFUSED') throw error;
    const { code, errno, retryable } = error;
    const advice = `is the port right? \`sensewire serve http DIR --listen ${formatAddress(address)}\` serves a folder there`;
    const message = `no server listens for ${url.href}: ${advice} (${errno})`;
    throw new NetworkError(code, message, { errno, retryable, cause: error });
  }
}

function remoteOf(socket: StreamSocket, address: StreamAddress): string {
  const peer = socket.getpeername();
  return typeof peer === 'string'
    ? formatAddress(address)
    : formatAddress({ transport: 'tcp', host: peer[0], port: peer[1] });
}

async function encrypt(
  plain: Duplex,
  url: WebUrl,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  let failure: Error | undefined;
  plain.on('error', error => {
    failure = error;
  });
  const secure = connect({
    socket: plain,
    host: url.host,
    // A name only: RFC 6066 section 3 has no addresses.
    ...(isIP(url.host) === 0 && { servername: url.host }),
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    ALPNProtocols: ['http/1.1'],
  });
  try {
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (error) {
    secure.on('error', () => undefined).destroy();
    plain.destroy();
    signal.throwIfAborted();
    throw failure ?? tlsFailure(error as Error, url);
  }
}
