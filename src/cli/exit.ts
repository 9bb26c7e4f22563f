/**
 * How commands end: 0 done, 1 failed, 2 wrong usage.
 */
import { SensewireError, UsageError } from '../errors/errors.ts';
import { paint } from './terminal.ts';

export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

/** Says what went wrong on standard error: one line for what people can act on, a stack for our own bugs. */
export function reportError(error: unknown): void {
  const expected = error instanceof SensewireError && error.code !== 'SW_INTERNAL';
  const text = expected
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`${paint('red', 'error')} ${text}\n`);
}

/**
 * A reader of standard output that has enough (`head`) closes the pipe: that is no failure. Anything else is.
 * To be called once, before anything is printed.
 */
export function watchOutput(): void {
  let isSaid = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isSaid) return;
    isSaid = true;
    reportError(new SensewireError('SW_STORE_FAILED', `standard output failed: ${error.message}`));
    process.exitCode = 1;
  });
  // There is nowhere left to say anything.
  process.stderr.on('error', () => undefined);
}

/** The same signal so soon again is one: timeout(1) signals the process, and then its group. A person is slower. */
const TOGETHER_MS = 100;

/**
 * SIGINT and SIGTERM: the first one asks for a clean end, the second one ends at once.
 * Standard output that nobody reads any more asks, too.
 * @returns a signal that aborts at the first one, and a function that stops listening.
 */
export function endSignal(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let first: { readonly name: NodeJS.Signals; readonly atMs: number } | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= { name, atMs: performance.now() };
    const isAnother = name !== first.name || performance.now() - first.atMs >= TOGETHER_MS;
    if (controller.signal.aborted && isAnother) process.exit(name === 'SIGINT' ? 130 : 143);
    controller.abort(name);
  };
  const onOutputGone = (): void => controller.abort('standard output closed');
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.stdout.once('error', onOutputGone);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      process.stdout.off('error', onOutputGone);
    },
  };
}
