/**
 * What `talk` says at its end.
 */
import type { TalkCounters, TalkEnd } from '../../talk/counters.ts';
import { formatDuration } from '../../time/quantities.ts';
import { number, paint, percentilesMs, printJson } from '../terminal.ts';

export interface TalkResult {
  readonly counters: TalkCounters;
  /** undefined: an error ended it, which is reported after this. */
  readonly end: TalkEnd | undefined;
  readonly seconds: number;
  /** Texts that were to be answered, where it was a loop of texts with one peer. */
  readonly texts: number | undefined;
  readonly timeoutUs: number;
  /** What is counted beside bytes. */
  readonly unit: 'datagram' | 'connection' | undefined;
}

/** Texts without an answer. Where the server has closed, those that were not sent are among them. */
function missingAnswers({ counters, texts, end }: TalkResult): number {
  if (texts === undefined) return 0;
  // Who stops a loop stops it between a text and its answer, mostly; but where none came at all, nobody was there.
  if (end === 'stopped' && counters.received === 0) return counters.sent;
  const isCut = end === 'closed' || end === undefined;
  return isCut ? Math.max(0, texts - (counters.received - counters.late)) : counters.lost;
}

export function printSummary(result: TalkResult): void {
  const { counters, end, seconds, texts, unit } = result;
  printJson('summary', {
    ended: end ?? 'failed',
    sent_bytes: counters.sentBytes,
    received_bytes: counters.receivedBytes,
    ...(unit === undefined && { unsent_bytes: counters.unsentBytes }),
    ...(texts !== undefined && {
      sent: counters.sent,
      answers: counters.received - counters.late,
      lost: missingAnswers(result),
      late: counters.late,
      rtt_ms: percentilesMs(counters.roundTripUs),
    }),
    ...(unit === 'connection' && { connections: counters.received, broken: counters.broken }),
    ...(unit === 'datagram' && {
      sent: counters.sent,
      received: counters.received,
      truncated: counters.truncated,
      dropped: counters.dropped,
    }),
    seconds: Number(seconds.toFixed(3)),
  });
}

/** The same for people. */
export function summaryLines(result: TalkResult): string[] {
  const { counters, seconds, texts, timeoutUs } = result;
  const roundTrip = percentilesMs(counters.roundTripUs);
  return [
    `${paint('bold', transfer(result))} in ${formatDuration(seconds * 1e6)}`,
    ...(texts !== undefined && timeoutUs > 0 && texts > 1
      ? [`${number(counters.received - counters.late)} of ${number(texts)} answers came`]
      : []),
    ...(roundTrip !== null && texts !== undefined
      ? [
          texts === 1
            ? `round trip ${roundTrip.max} ms`
            : `round trip: p50 ${roundTrip.p50} ms, p95 ${roundTrip.p95} ms, p99 ${roundTrip.p99} ms, max ${roundTrip.max} ms`,
        ]
      : []),
    ...faults(result),
  ];
}

function transfer({ counters, unit }: TalkResult): string {
  const sent = `sent ${bytes(counters.sentBytes)}`;
  const received = `received ${bytes(counters.receivedBytes)}`;
  if (unit === 'connection') return `${received} in ${counted(counters.received, 'connection')}`;
  if (unit === undefined) return `${sent}, ${received}`;
  const in_ = `${received} in ${counted(counters.received, 'datagram')}`;
  return counters.sent === 0 ? in_ : `${sent} in ${counted(counters.sent, 'datagram')}, ${in_}`;
}

/** What makes it a failure, said to everybody. Where an error ended it, that one is reported too. */
export function failureLines(result: TalkResult): string[] {
  const { counters, timeoutUs, end } = result;
  const missing = missingAnswers(result);
  return marked([
    missing > 0 &&
      end !== undefined &&
      (end === 'closed' || end === 'stopped'
        ? `${counted(missing, 'answer')} missing`
        : `${counted(missing, 'answer')} did not come within ${formatDuration(timeoutUs)} (--timeout)`),
    counters.unsentBytes > 0 &&
      `at least ${bytes(counters.unsentBytes)} not sent: the system did not take them`,
    counters.broken > 0 && `${counted(counters.broken, 'connection')} broke off`,
  ]);
}

/** What came, but not as it should. */
function faults({ counters }: TalkResult): string[] {
  return marked([
    counters.late > 0 && `${counted(counters.late, 'answer')} came late, or unasked`,
    counters.truncated > 0 && `${counted(counters.truncated, 'datagram')} cut (--size)`,
    counters.dropped > 0 && `${counted(counters.dropped, 'datagram')} dropped: standard output was too slow`,
  ]);
}

function marked(lines: readonly (string | false)[]): string[] {
  return lines.filter(line => line !== false).map(line => `  ${paint('yellow', '!')} ${line}`);
}

function bytes(count: number): string {
  return counted(count, 'byte');
}

function counted(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}
