/**
 * The live page of `collect` and `demo`; its code is loaded only where it is asked for.
 */
import { systemClock } from '../clock/system-clock.ts';
import type { Collector, CollectorOptions } from '../collector/collector.ts';
import type { Dashboard } from '../dashboard/dashboard.ts';
import { openReader, parseStoreSpec } from '../stores/open.ts';

/** A page that is ready to be opened for a collector. */
export interface WebPage {
  /** For the collector, so that the page sees what comes. */
  readonly onReadings: NonNullable<CollectorOptions['onReadings']>;
  /** @throws NetworkError where the port cannot be had */
  open(collector: Collector): Promise<Dashboard>;
}

/**
 * Prepares a page at `[HOST:]PORT`.
 * @param stores what the collector writes; the first SQLite one gives the page its history.
 * @throws UsageError SW_BAD_URL
 */
export async function prepareWebPage(place: string, stores: readonly string[]): Promise<WebPage> {
  const { LiveFeed, openDashboard, parseWebAddress } = await import('../dashboard/index.ts');
  const address = parseWebAddress(place);
  const history = stores.find(spec => parseStoreSpec(spec).kind === 'sqlite');
  const feed = new LiveFeed({ clock: systemClock });
  return {
    onReadings: feed.onReadings,
    open: collector =>
      openDashboard({
        ...address,
        collector,
        feed,
        clock: systemClock,
        ...(history !== undefined && { openReader: () => openReader(history) }),
      }),
  };
}
