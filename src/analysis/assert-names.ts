/**
 * What names of `--assert` stand for: the fields of the analysis as `--json` prints them, with some shorter ways to say it.
 *
 * `tcp[0]` and `udp[0]` are conversations; any other name begins with a field of the capture, or counts events in all of it. The
 * unit at a name's end may be left out (`p95` for `p95_ns`), `client` and `server` are the two sides, `count` is a list's length.
 */

import { UsageError } from '../errors/errors.ts';
import type { TcpEvent } from '../flows/tcp-events.ts';
import type { Value } from './assert-parser.ts';
import type { CaptureAnalysis } from './capture-analysis.ts';
import { counted } from './words.ts';

/** Turns a report into what `--json` prints of it. */
export type ToJson = (value: object) => Readonly<Record<string, unknown>>;

/** Names of events in the plural, as people count them. */
const EVENT_COUNTS: ReadonlyMap<string, TcpEvent> = new Map([
  ['retransmissions', 'retransmission'],
  ['fast_retransmissions', 'fastRetransmission'],
  ['spurious_retransmissions', 'spuriousRetransmission'],
  ['out_of_order', 'outOfOrder'],
  ['duplicate_acks', 'duplicateAck'],
  ['lost_segments', 'lostSegment'],
  ['acked_unseen', 'ackedUnseen'],
  ['zero_windows', 'zeroWindow'],
  ['zero_window_probes', 'zeroWindowProbe'],
  ['zero_window_probe_acks', 'zeroWindowProbeAck'],
  ['keep_alives', 'keepAlive'],
  ['keep_alive_acks', 'keepAliveAck'],
  ['window_updates', 'windowUpdate'],
  ['window_full', 'windowFull'],
  ['reused_ports', 'reusedPorts'],
]);

const SIDES: ReadonlyMap<string, number> = new Map([
  ['client', 0],
  ['server', 1],
]);
const UNIT_ENDS = ['_ns', '_bps', '_bytes'] as const;
const SUMS = ['payload_bytes', 'new_bytes', 'repeated_bytes', 'pure_acks', 'pushes', 'data_packets'];

/** What a name stands for. */
export interface Found {
  readonly value: Value;
  /** Of a number; undefined: it has none, or its name does not say. */
  readonly unit: 'ns' | 'bps' | 'bytes' | undefined;
}

/** What a walk has come to: a value, and the whole name of the field that has it. */
interface Place {
  readonly value: unknown;
  readonly field: string;
}

/** What finds names in an analysis; it throws UsageError SW_USAGE for one that there is not. */
export function finderOf(analysis: CaptureAnalysis, toJson: ToJson): (name: string) => Found {
  const conversations = new Map<string, unknown>();
  const capture = toJson(analysis.facts);
  return name => {
    const [head = '', ...path] = name.split('.');
    const match = /^(tcp|udp)\[([0-9]+)\]$/.exec(head);
    if (match === null) {
      const event = EVENT_COUNTS.get(name);
      if (event !== undefined) return { value: analysis.totals.count(event), unit: undefined };
      return found(walk(head === 'capture' ? path : [head, ...path], capture, name), name);
    }
    let report = conversations.get(head);
    if (report === undefined) {
      const protocol = match[1] as 'tcp' | 'udp';
      const number = Number(match[2]);
      const { count } = analysis.columns[protocol];
      if (number >= count) {
        throw new UsageError(
          'SW_USAGE',
          `--assert: ${name}: the capture has ${counted(count, `${protocol.toUpperCase()} conversation`)}, counted from 0`,
        );
      }
      report = toJson(analysis[protocol](number));
      conversations.set(head, report);
    }
    return found(walk(path, report, name), name);
  };
}

function found({ value, field }: Place, name: string): Found {
  const end = UNIT_ENDS.find(one => field.endsWith(one));
  return { value: plainValue(value, name), unit: end?.slice(1) as Found['unit'] };
}

function walk(path: readonly string[], from: unknown, name: string): Place {
  return path.reduce<Place>(
    (place, part) => {
      const match = /^([A-Za-z0-9_]+)((?:\[[0-9]+\])*)$/.exec(part);
      const { value, field } = fieldOf(place.value, match?.[1] ?? part, name);
      const indexes = (match?.[2] ?? '').match(/[0-9]+/g) ?? [];
      const indexed = indexes.reduce<unknown>((list, index) => {
        if (!Array.isArray(list)) throw unknownName(name, part, []);
        return list[Number(index)] ?? null;
      }, value);
      return { value: indexed, field };
    },
    { value: from, field: '' },
  );
}

function fieldOf(value: unknown, field: string, name: string): Place {
  const place = (found: unknown, whole = field): Place => ({ value: found, field: whole });
  if (value === null || value === undefined) return place(null);
  if (Array.isArray(value)) {
    if (field === 'count') return place(value.length);
    throw unknownName(name, field, ['count']);
  }
  if (typeof value !== 'object') throw unknownName(name, field, []);
  const record = value as Readonly<Record<string, unknown>>;
  const { sides, event_counts: events, endpoint } = record;
  // A side is more than its address, which the conversation gives by the same name.
  const side = Array.isArray(sides) ? SIDES.get(field) : undefined;
  if (side !== undefined) return place((sides as readonly unknown[])[side]);
  for (const whole of ['', ...UNIT_ENDS].map(end => field + end)) {
    if (Object.hasOwn(record, whole)) return place(record[whole], whole);
  }
  if (Array.isArray(sides)) {
    if (SUMS.includes(field) || SUMS.includes(`${field}_bytes`)) {
      const [client, server] = [fieldOf(sides[0], field, name), fieldOf(sides[1], field, name)];
      return place((client.value as number) + (server.value as number), client.field);
    }
  }
  const event = EVENT_COUNTS.get(field);
  if (event !== undefined && Array.isArray(events)) {
    const kind = snake(event);
    const counts = events as readonly { kind: string; count: number }[];
    return place(counts.find(one => one.kind === kind)?.count ?? 0);
  }
  if (typeof endpoint === 'object' && endpoint !== null && Object.hasOwn(endpoint, field)) {
    return place((endpoint as Record<string, unknown>)[field]);
  }
  throw unknownName(name, field, Object.keys(record));
}

function plainValue(value: unknown, name: string): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return Number(value);
  const fields = Array.isArray(value) ? ['count'] : Object.keys(value);
  throw new UsageError(
    'SW_USAGE',
    `--assert: ${name} is not a value; go on with one of: ${fields.join(', ')}`,
  );
}

function unknownName(name: string, field: string, known: readonly string[]): UsageError {
  const there = known.length === 0 ? '' : `; there are: ${known.join(', ')}`;
  return new UsageError(
    'SW_USAGE',
    `--assert: ${name}: there is no "${field}"${there} (docs/ANALYSIS.md, "Assertions")`,
  );
}

function snake(text: string): string {
  return text.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
