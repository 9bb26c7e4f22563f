/**
 * Waiting for a sink that is full, without outliving the signal.
 */
import type { ReadingSink } from './source.ts';

/** Resolves when the sink has room or the signal aborts, whichever is first. */
export async function roomOrAbort(sink: ReadingSink, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([sink.ready(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
