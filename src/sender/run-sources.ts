/**
 * Sources into a sender.
 */
import type { ReadingSink, Source } from '../sensors/source.ts';
import type { Sender } from './sender.ts';

/**
 * Runs sources until all have ended or the signal aborts. The first that fails ends the others, and its error is thrown.
 */
export async function runSources(
  sources: readonly Source[],
  sender: Sender,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const sink: ReadingSink = {
    push: (sensor, timeUs, raw) => sender.push(sensor, timeUs, raw),
    ready: () => sender.ready(),
  };
  const runs = sources.map(source =>
    source.run(sink, either).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(runs);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
