/**
 * Run as a process: many senders of one reading each at 10 Hz, their phases spread evenly over the period, for a while;
 * prints what became of the readings. Says `{"event":"open"}` when all are connected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/clock/system-clock.ts';
import { sensorInfo } from '../../src/readings/index.ts';
import { Sender } from '../../src/sender/index.ts';
import { parseAddress } from '../../src/socket/address.ts';

export interface ManyOptions {
  readonly url: string;
  readonly senders: number;
  readonly rateHz: number;
  readonly seconds: number;
}

/** Connecting in one go is another benchmark; the listener's queue holds 511. */
const CONNECT_AT_ONCE = 50;
const CONNECT_EVERY_MS = 20;
/** How long before the senders are all at rest. */
const SETTLE_MS = 1_000;

const { url, senders: count, rateHz, seconds } = JSON.parse(process.argv[2]!) as ManyOptions;
const address = parseAddress(url);
const sensor = sensorInfo({
  name: 'tmp36',
  unit: '°C',
  type: 'int',
  scale: 0.322265625,
  offset: -50,
  rateHz,
});
const senders: Sender[] = [];
const runs: Promise<unknown>[] = [];
const opened: Promise<void>[] = [];
for (let at = 0; at < count; at++) {
  const open = Promise.withResolvers<void>();
  const sender = new Sender({
    address,
    clock: systemClock,
    source: `sender-${at}`,
    onNotice: ({ type }) => {
      if (type === 'connected') open.resolve();
    },
  });
  sender.announce(sensor);
  senders.push(sender);
  runs.push(sender.run());
  opened.push(open.promise);
  if (at % CONNECT_AT_ONCE === CONNECT_AT_ONCE - 1) await sleep(CONNECT_EVERY_MS);
}
await Promise.all(opened);
await sleep(SETTLE_MS);
console.log(JSON.stringify({ event: 'open' }));

const total = count * rateHz * seconds;
const everyMs = 1_000 / (count * rateHz);
const startMs = performance.now();
let [next, lateMs] = [0, 0];
while (next < total) {
  const due = Math.min(total, Math.floor((performance.now() - startMs) / everyMs));
  lateMs = Math.max(lateMs, (due - next) * everyMs);
  for (; next < due; next++)
    senders[next % count]!.push(sensor, systemClock.wallUs(), 230 + ((next * 7_919) % 5));
  await sleep(1);
}
console.log(JSON.stringify({ event: 'pushed', lateMs }));
for (const sender of senders) sender.finish();
await Promise.all(runs);
const readings = senders.reduce((sum, { counters }) => sum + counters.readings, 0);
const stored = senders.reduce((sum, { counters }) => sum + counters.stored, 0);
console.log(JSON.stringify({ event: 'done', readings, stored }));
