/**
 * What the processor allows: messages a second from one process to another on loopback, beside raw `node:dgram`, which
 * repairs nothing, orders nothing, and sends a datagram a message.
 */
import {
  interleave,
  type Metric,
  medianOf,
  type Report,
  rowOf,
  timesBetter,
  type Variant,
} from '../harness/report.ts';
import { numberAt } from '../harness/values.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { MessagesProcess } from './messages-process.ts';
import { type Bar, type BenchRow, OURS, reportOf, type Setting } from './row.ts';

const ROUNDS = 5;
const SECONDS = 3;
const QUICK_SECONDS = 1;
const RAW = 'node:dgram';
const SMALL_BYTES = 64;
const LEAST_SMALL = 100_000;
const LARGE_BYTES = 1_200;
const LEAST_TIMES_RAW = 0.5;

const PER_SECOND: Metric = { key: 'perSecond', label: 'messages/s', better: 'more', digits: 0 };
const LOST: Metric = { key: 'lost', label: 'lost %', better: 'less', digits: 1 };

export const PROCESSOR: readonly BenchRow[] = [SMALL_BYTES, LARGE_BYTES].map(bytes => ({
  name: `processor ${bytes}B`,
  measure: setting => measure(bytes, setting),
}));

async function measure(bytes: number, { hasOthers, quick, workbench }: Setting): Promise<Report> {
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  const variant = (name: string, api: MessagesProcess['api']): Variant => ({
    name,
    measure: () => transfer(workbench, api, bytes, seconds),
  });
  const variants = [variant(OURS, 'sensewire'), ...(hasOthers ? [variant(RAW, 'node')] : [])];
  const rows = await interleave(variants, quick ? 1 : ROUNDS);
  const bars: Bar[] = [];
  if (bytes === SMALL_BYTES)
    bars.push(['messages/s', medianOf(rows, OURS, PER_SECOND.key), '≥', LEAST_SMALL]);
  else if (hasOthers)
    bars.push([`times ${RAW}`, timesBetter(PER_SECOND, rows[0]!, rowOf(rows, RAW)), '≥', LEAST_TIMES_RAW]);
  return reportOf(
    `Messages of ${bytes} bytes between two processes on loopback`,
    [PER_SECOND, LOST],
    rows,
    bars,
  );
}

/** @throws Error where reliable UDP was not */
async function transfer(
  workbench: Workbench,
  api: MessagesProcess['api'],
  bytes: number,
  seconds: number,
): Promise<{ perSecond: number; lost: number }> {
  const start = (task: Omit<MessagesProcess, 'api' | 'bytes'>): ReturnType<Workbench['startScript']> =>
    workbench.startScript(new URL('messages-process.ts', import.meta.url), { ...task, api, bytes });
  const receiver = start({ role: 'receiver' });
  const port = numberAt(await receiver.event('listening'), 'port');
  const sender = start({ role: 'sender', port, seconds });
  const [arrived, sent] = await Promise.all([receiver.event('done'), sender.event('done')]);
  await Promise.all([receiver.ended, sender.ended]);
  const lost = 100 * (1 - numberAt(arrived, 'messages') / numberAt(sent, 'messages'));
  if (api === 'sensewire' && lost !== 0)
    throw new Error(`${OURS}: ${lost} % of the messages have not arrived`);
  return { perSecond: numberAt(arrived, 'perSecond'), lost };
}
