/**
 * The pages that listen: Server-Sent Events, the same message to each of them ten times a second.
 *
 * Nothing is kept for a page: what it does not read waits in its socket, up to a limit, then it is dropped. It comes back
 * by itself and is told everything anew. Without pages there is no timer.
 */
import type { ServerResponse } from 'node:http';
import type { Collector } from '../collector/collector.ts';
import type { CancelTimer, Clock } from '../time/clock.ts';
import { HttpProblem } from './http-problem.ts';
import { MOST_PAGES, MOST_UNREAD_BYTES, SLOT_US, SLOTS, TICK_US, TICKS_A_TOTAL } from './limits.ts';
import type { LiveFeed } from './live-feed.ts';
import type { LiveMessage, LiveTotals } from './live-message.ts';

export interface LivePagesOptions {
  readonly clock: Clock;
  readonly feed: LiveFeed;
  readonly collector: Pick<Collector, 'snapshot' | 'oneWayUs' | 'oneWayClock'>;
  /** Whether the page may offer commands. */
  readonly commands: boolean;
}

export class LivePages {
  readonly #options: LivePagesOptions;
  readonly #pages = new Set<ServerResponse>();
  #cancel: CancelTimer | undefined;
  #ticks = 0;

  constructor(options: LivePagesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#pages.size;
  }

  /** Keeps a response open and tells it everything. @throws HttpProblem 503 */
  open(response: ServerResponse): void {
    if (this.#pages.size >= MOST_PAGES)
      throw new HttpProblem(503, `${MOST_PAGES} pages are open already: close one`, { 'retry-after': '5' });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that gather would make a slide show of it.
      'x-accel-buffering': 'no',
    });
    response.once('close', () => this.#forget(response));
    // Changes from before the first page are in its first message.
    if (this.#pages.size === 0) this.#options.feed.takeChanges();
    this.#pages.add(response);
    this.#send(response, eventOf(this.#fullMessage()));
    this.#cancel ??= this.#plan(this.#options.clock.monotonicUs());
  }

  /** Tells pages that this is the end, and closes them. */
  close(): void {
    for (const page of this.#pages) page.end('event: end\ndata: {}\n\n');
    this.#pages.clear();
    this.#stop();
  }

  #plan(fromUs: number): CancelTimer {
    return this.#options.clock.setTimer(fromUs + TICK_US, () => this.#tick(fromUs + TICK_US));
  }

  #tick(dueUs: number): void {
    const { clock, feed } = this.#options;
    // After a hold-up, from now on: a burst of ticks would show nothing more.
    const nowUs = clock.monotonicUs();
    this.#cancel = this.#plan(nowUs - dueUs < TICK_US ? dueUs : nowUs);
    const { sensors, removed } = feed.takeChanges();
    const withTotals = this.#ticks++ % TICKS_A_TOTAL === 0;
    if (!withTotals && sensors.length === 0 && removed.length === 0) return;
    const event = eventOf({
      nowMs: clock.wallUs() / 1_000,
      ...(withTotals && { totals: this.#totals() }),
      ...(removed.length > 0 && { removed }),
      sensors,
    });
    for (const page of this.#pages) this.#send(page, event);
  }

  #fullMessage(): LiveMessage {
    const { clock, feed, commands } = this.#options;
    return {
      full: { slotMs: SLOT_US / 1_000, slots: SLOTS, commands },
      nowMs: clock.wallUs() / 1_000,
      totals: this.#totals(),
      sensors: feed.states(),
    };
  }

  #totals(): LiveTotals {
    const { collector, feed } = this.#options;
    const { readings, stored, connected, senders, sensors, missing } = collector.snapshot;
    const { oneWayUs } = collector;
    return {
      readings,
      perSecond: Number(feed.perSecond.toPrecision(4)),
      stored,
      connected,
      senders,
      sensors,
      missing,
      oneWayUs: oneWayUs.count === 0 ? null : oneWayUs.percentile(50),
      oneWayClock: collector.oneWayClock,
    };
  }

  #send(page: ServerResponse, event: string): void {
    page.write(event);
    if (page.writableLength > MOST_UNREAD_BYTES) {
      this.#forget(page);
      page.destroy();
    }
  }

  #forget(page: ServerResponse): void {
    this.#pages.delete(page);
    if (this.#pages.size === 0) this.#stop();
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

function eventOf(message: LiveMessage): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
