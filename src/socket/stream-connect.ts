/**
 * Connecting to TCP and Unix sockets.
 */
import { once } from 'node:events';
import { type BoundSocket, Socket, type SocketConnectOpts } from 'node:net';
import { formatAddress, type StreamAddress } from './address.ts';
import type { ConnectionHandlers } from './connection.ts';
import { networkError } from './network-error.ts';
import { nodeOptions, StreamConnection, type StreamOptions, TELEMETRY_STREAM } from './stream-connection.ts';

/** How to connect. */
export interface ConnectOptions extends StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** A socket that was bound before; its address is the local one. */
  readonly bound?: BoundSocket | undefined;
  /** The local address where nothing was bound. */
  readonly from?: { readonly host: string; readonly port: number } | undefined;
}

/** Connects. @throws NetworkError, or the signal's reason */
export async function connectStream(
  address: StreamAddress,
  handlers: ConnectionHandlers,
  options: ConnectOptions = TELEMETRY_STREAM,
): Promise<StreamConnection> {
  const { signal, bound, from } = options;
  signal?.throwIfAborted();
  const socket = new Socket({ allowHalfOpen: true, ...(bound !== undefined && { handle: bound }) });
  try {
    const where: SocketConnectOpts =
      address.transport === 'unix'
        ? { path: address.path }
        : {
            host: address.host,
            port: address.port,
            ...(from !== undefined && { localAddress: from.host, localPort: from.port }),
          };
    if (address.transport === 'tcp') setOptions(socket, options);
    socket.connect(where);
    await once(socket, 'connect', signal ? { signal } : {});
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    const cause = firstCause(error);
    // The address that was not there, or taken, is the local one.
    if (from !== undefined && isBindError(cause))
      throw networkError(cause, { transport: 'tcp', ...from }, 'listen');
    throw networkError(cause, address, 'connect');
  }
  const remote = formatAddress(address);
  return new StreamConnection(socket, address, options, remote).attach(handlers, address);
}

function setOptions(socket: Socket, options: StreamOptions): void {
  const { noDelay, keepAlive, keepAliveInitialDelay } = nodeOptions(options);
  socket.setNoDelay(noDelay);
  socket.setKeepAlive(keepAlive, keepAliveInitialDelay);
}

function isBindError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'bind';
}

/** A host name with several addresses fails with all their errors in one: the first says enough. */
function firstCause(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
