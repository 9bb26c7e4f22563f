/**
 * The error classes, sorted by who must act: the caller, the peer, the environment, a file, or us.
 *
 * A message says what was expected, what came, and what to do next. Bad input from outside ends in one of
 * these; only a broken invariant of ours is an `InternalError`.
 */
import type { ErrorCode } from './codes.ts';

/** Options of every error. */
export interface SensewireErrorOptions extends ErrorOptions {
  /** The system's name for it (errno(3)), such as `ECONNREFUSED`, where it has one. */
  readonly errno?: string;
}

/** The base of every error that sensewire throws on purpose. `code` is stable, the message is for people. */
export class SensewireError extends Error {
  readonly code: ErrorCode;
  /** The system's name for it (errno(3)), such as `ECONNREFUSED`; undefined where it has none. */
  readonly errno: string | undefined;

  constructor(code: ErrorCode, message: string, options: SensewireErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.errno = options.errno;
  }
}

/** The caller asked for something that cannot be: fix the argument. The command line exits with 2. */
export class UsageError extends SensewireError {}

/** The peer broke the protocol or refused; `closeCode` is the code on the wire (docs/PROTOCOL.md, ERROR). */
export class RemoteProtocolError extends SensewireError {
  readonly closeCode: number;

  constructor(code: ErrorCode, message: string, closeCode: number) {
    super(code, message);
    this.closeCode = closeCode;
  }
}

/** Options of the errors that the environment causes. */
export interface EnvironmentErrorOptions extends SensewireErrorOptions {
  /** True where the same call may succeed later without anyone changing the call. */
  readonly retryable?: boolean;
}

/** The network or an address of it failed. */
export class NetworkError extends SensewireError {
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: EnvironmentErrorOptions = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
  }
}

/** A store could not be opened, read or written. Nothing that was not acknowledged counts as stored. */
export class StoreError extends SensewireError {
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: EnvironmentErrorOptions = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
  }
}

/** A sensor could not be opened or read. */
export class SensorError extends SensewireError {}

/** Bytes that are not what they should be; `offset` is where, in bytes from their start. */
export class FormatError extends SensewireError {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super('SW_FORMAT', message);
    this.offset = offset;
  }
}

/** A broken invariant of ours. Never caught: it is a bug, and the report should hold its stack. */
export class InternalError extends SensewireError {
  constructor(message: string) {
    super('SW_INTERNAL', `${message} (this is a bug in sensewire: please report it)`);
  }
}
