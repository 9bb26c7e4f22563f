/**
 * What one message costs by itself: connecting, 32 bytes, and closing, in IP bytes of both ends.
 */
import type { Metric, Report, Row } from '../harness/report.ts';
import { FAR_END, failureOf, line, linesOf, ours } from './emulator.ts';
import { type BenchRow, OURS, once, reportOf, type Setting } from './row.ts';

const LINK = 'delay=20ms';
const PORT = 9_000;
const MESSAGE = 'abcdefghijklmnopqrstuvwxyz012345';
const MOST_BYTES = 420;
const LIMIT_S = 20;
/** The kernel's last acknowledgements of TCP come after the programs have ended. */
const SETTLE_S = 0.5;

const METRICS: readonly Metric[] = [
  { key: 'bytes', label: 'IP bytes', better: 'less', digits: 0 },
  { key: 'packets', label: 'packets', better: 'less', digits: 0 },
];

export const HANDSHAKE: readonly BenchRow[] = [{ name: 'handshake', measure }];

async function measure(setting: Setting): Promise<Report> {
  const mine = await exchange(OURS, 'rudp', setting);
  const others = setting.hasOthers ? [await exchange('TCP', 'tcp', setting)] : [];
  const title = `Connecting, one message of ${MESSAGE.length} bytes, closing; 40 ms`;
  return reportOf(
    title,
    METRICS,
    [mine, ...others],
    [['IP bytes', mine.samples['bytes']![0]!, '≤', MOST_BYTES]],
  );
}

async function exchange(
  variant: string,
  scheme: 'rudp' | 'tcp',
  { emulator, seed, workbench }: Setting,
): Promise<Row> {
  const [output, errors] = [workbench.path('arrived'), workbench.path('errors')];
  const listen = ours('talk', '--listen', `${scheme}://*:${PORT}`, '--count', 1);
  const talk = ours('talk', `${scheme}://${FAR_END}:${PORT}`, '--text', MESSAGE, '--timeout', '0s');
  const { there, back, isCut } = await emulator.run({
    link: LINK,
    seed,
    receivers: [`${listen} > ${line(output)} 2>> ${line(errors)}; sleep ${SETTLE_S}`],
    senders: [`exec ${talk} > /dev/null 2>> ${line(errors)}`],
    until: 'all',
    limitS: LIMIT_S,
  });
  if (isCut || linesOf(output)[0] !== MESSAGE)
    throw failureOf(`${variant}: the message has not arrived`, errors);
  return once(variant, { bytes: there.bytes + back.bytes, packets: there.packets + back.packets });
}
