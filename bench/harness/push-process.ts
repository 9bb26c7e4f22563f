/**
 * Run as a process: pushes readings of one TMP36-like sensor through the Sender API, one call a reading, as fast as
 * they are taken; prints the seconds from the first push to the last STORED. Values are computed beforehand.
 */
import { systemClock } from '../../src/clock/system-clock.ts';
import { sensorInfo } from '../../src/readings/index.ts';
import { Sender } from '../../src/sender/index.ts';
import { parseAddress } from '../../src/socket/address.ts';

export interface PushOptions {
  readonly url: string;
  readonly count: number;
  readonly batch: number;
}

const START_US = 1_767_323_045_000_000;
/** A power of two. */
const VALUES = 8_192;

const { url, count, batch } = JSON.parse(process.argv[2]!) as PushOptions;

/** Counts of a 10-bit converter that follow a slow wave and flicker; times some µs late, as a sampler gives them. */
const raws = Int32Array.from(
  { length: VALUES },
  (_, at) => 230 + Math.round(40 * Math.sin(at / 1_300)) + (at % 3),
);
const lateUs = Int32Array.from({ length: VALUES }, (_, at) => (at * 7_919) % 131);

const opened = Promise.withResolvers<void>();
const sender = new Sender({
  address: parseAddress(url),
  clock: systemClock,
  batch,
  onNotice: notice => {
    if (notice.type === 'connected') opened.resolve();
  },
});
const sensor = sensorInfo({ name: 'tmp36', unit: '°C', type: 'int', scale: 0.322265625, offset: -50 });
sender.announce(sensor);
const run = sender.run();
await opened.promise;

const cpuBefore = process.cpuUsage();
const startMs = performance.now();
for (let at = 0; at < count; at++) {
  const slot = at & (VALUES - 1);
  if (!sender.push(sensor, START_US + at * 10_000 + lateUs[slot]!, raws[slot]!)) await sender.ready();
}
sender.finish();
await run;
const seconds = (performance.now() - startMs) / 1_000;
const { stored, connections } = sender.counters;
const { user, system } = process.cpuUsage(cpuBefore);
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ event: 'done', readings: stored, seconds, cpuSeconds, connections }));
