/**
 * What the peers' senders share: readings that go out as fast as a window allows, or at a rate, and what came of it.
 */

/** How a peer's sender is told what to do: one JSON object. */
export interface LoadOptions {
  readonly port: number;
  readonly count: number;
  /** Readings a message. */
  readonly batch: number;
  /** Readings on their way at most. */
  readonly window: number;
  /** Readings a second; undefined: as many as the window allows. */
  readonly rateHz?: number;
  readonly format: string;
}

/** One reading as the peers have it. */
export interface PeerReading {
  readonly sensor: number;
  readonly timeUs: number;
  readonly value: number;
}

/** A way to send. */
export interface Link {
  /** Sends one message of readings. */
  send(readings: readonly PeerReading[]): void;
  close(): void;
}

const START_US = 1_767_323_045_000_000;
/** A power of two. */
const VALUES = 8_192;

/** Computed beforehand, as for our own sender: °C with two digits. */
const values = Array.from({ length: VALUES }, (_, at) =>
  Number((24 + 13 * Math.sin(at / 1_300) + (at % 3) * 0.32).toFixed(2)),
);

/** The options of this process. */
export function loadOptions(): LoadOptions {
  return JSON.parse(process.argv[2]!) as LoadOptions;
}

/**
 * Sends everything, waits until it is acknowledged, closes the link and prints the outcome.
 * @param open makes the link; it must call `onAcked` with the number of readings that an acknowledgement is for.
 */
export async function runLoad(
  options: LoadOptions,
  open: (onAcked: (readings: number) => void) => Promise<Link>,
): Promise<void> {
  const { count, batch, window, rateHz } = options;
  const all = Promise.withResolvers<void>();
  /** When each message left, for latency; messages are acknowledged in the order of their sending. */
  const leftMs: number[] = [];
  const latencies: number[] = [];
  let [sent, acked] = [0, 0];
  const sendOne = (): void => {
    const readings: PeerReading[] = [];
    for (const end = Math.min(sent + batch, count); sent < end; sent++)
      readings.push({ sensor: 1, timeUs: START_US + sent * 10_000, value: values[sent & (VALUES - 1)]! });
    if (rateHz !== undefined) leftMs.push(performance.now());
    link.send(readings);
  };
  const fill = (): void => {
    while (sent < count && sent - acked + batch <= window) sendOne();
  };
  const link = await open(readings => {
    acked += readings;
    if (rateHz === undefined) fill();
    else
      while (latencies.length * batch < acked) latencies.push(performance.now() - leftMs[latencies.length]!);
    if (acked >= count) all.resolve();
  });
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  if (rateHz === undefined) fill();
  else {
    const everyMs = (1_000 / rateHz) * batch;
    const tick = (): void => {
      sendOne();
      // Absolute deadlines: one late tick must not delay all later ones.
      if (sent < count) setTimeout(tick, Math.max(0, startMs + (sent / batch) * everyMs - performance.now()));
    };
    tick();
  }
  await all.promise;
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  link.close();
  latencies.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map(share => latencies[Math.floor(share * (latencies.length - 1))] ?? 0);
  const outcome = { readings: acked, seconds, cpuSeconds: (user + system) / 1e6, p50, p99 };
  console.log(JSON.stringify({ event: 'done', ...outcome }));
}
