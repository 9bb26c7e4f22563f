/**
 * Errors that a Berkeley socket finds itself, named as errno(3) names them.
 */
import { NetworkError, UsageError } from '../errors/errors.ts';

/** The socket was closed. */
export function badDescriptor(): UsageError {
  return new UsageError('SW_CLOSED', 'this socket is closed: open a new one (EBADF)', { errno: 'EBADF' });
}

/** The call does not fit what the socket is doing. */
export function wrongState(
  errno: 'EINVAL' | 'EISCONN' | 'ENOTCONN' | 'EALREADY',
  message: string,
): UsageError {
  return new UsageError('SW_SOCKET_STATE', `${message} (${errno})`, { errno });
}

/** Node.js, or this kind of socket, cannot do it. The message gives the reason and what to use instead. */
export function notSupported(
  errno: 'EOPNOTSUPP' | 'ENOPROTOOPT' | 'ESOCKTNOSUPPORT' | 'EAFNOSUPPORT',
  message: string,
): UsageError {
  return new UsageError('SW_SOCKET_UNSUPPORTED', `${message} (${errno})`, { errno });
}

/** An argument that cannot be. */
export function badArgument(message: string): UsageError {
  return new UsageError('SW_USAGE', `${message} (EINVAL)`, { errno: 'EINVAL' });
}

/** `settimeout` ran out, or was 0 and there was nothing. */
export function timedOut(timeoutMs: number): NetworkError {
  return timeoutMs === 0
    ? new NetworkError('SW_TIMEOUT', 'the call would have to wait, and settimeout(0) says not to (EAGAIN)', {
        errno: 'EAGAIN',
        retryable: true,
      })
    : new NetworkError('SW_TIMEOUT', `nothing came of it within ${timeoutMs / 1000} s (ETIMEDOUT)`, {
        errno: 'ETIMEDOUT',
        retryable: true,
      });
}

/** The sending half is shut, here. */
export function brokenPipe(): NetworkError {
  return new NetworkError('SW_NETWORK', 'the sending half of this connection is shut (EPIPE)', {
    errno: 'EPIPE',
  });
}

/** The stream ended before what was asked for had come. */
export class EndOfStreamError extends NetworkError {
  /** What did come. It is read: no later call gives it again. */
  readonly partial: Buffer;

  constructor(wanted: string, partial: Buffer) {
    super('SW_END_OF_STREAM', `the stream ended after ${partial.length} bytes, before ${wanted}`);
    this.partial = partial;
  }
}
