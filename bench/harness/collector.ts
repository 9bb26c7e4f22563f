/**
 * Our collector as a process of its own, by the command line that users have.
 */
import type { Child } from './child.ts';
import { isRecord, numberAt } from './values.ts';
import type { Workbench } from './workbench.ts';

export interface RunningCollector {
  readonly child: Child;
  readonly urls: readonly string[];
  /** Ends it; gives its summary, and throws where it has fewer readings stored than were acknowledged. */
  finish(acknowledged: number): Promise<Readonly<Record<string, unknown>>>;
}

/** Starts a collector at these addresses with a new store; `sqlite` is a new file. */
export async function startCollector(
  bench: Workbench,
  listen: readonly string[],
  store: 'sqlite' | 'none',
): Promise<RunningCollector> {
  const spec = store === 'sqlite' ? `sqlite:${bench.path('collected.db')}` : store;
  const addresses = listen.flatMap(url => ['--listen', url]);
  const child = bench.startCli('collect', ...addresses, '--store', spec, '--json', '--quiet');
  const { urls } = await child.event('listening');
  if (!Array.isArray(urls) || !urls.every(url => typeof url === 'string'))
    throw new Error('a collector listens at no address');
  return {
    child,
    urls,
    async finish(acknowledged) {
      await child.stop();
      const summary = await child.event('summary');
      if (!isRecord(summary) || numberAt(summary, 'stored') < acknowledged)
        throw new Error(`${acknowledged} readings were acknowledged, but: ${JSON.stringify(summary)}`);
      return summary;
    },
  };
}
