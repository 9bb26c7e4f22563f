/** The addresses and numbers that the fast lane shares with `src/`, as the source of `layout.ts`: told once, there. */
import { CHECK, MOST_CHECKS } from '../src/analysis/columns-checksum.ts';
import {
  CHUNK_MASK,
  EVENTS_SHIFT,
  FLAGS_MASK,
  FLAGS_SHIFT,
  ORDINARY,
  ROW,
  ROW_MARK,
  ROW_WORDS,
} from '../src/analysis/columns-chunk.ts';
import { COPY_NS, FRAMES_FOR_COPIES } from '../src/analysis/columns-copies.ts';
import { EXCERPT_BYTES, MOST_EXCERPTS, MOST_EXCERPTS_IN_ALL } from '../src/analysis/columns-excerpts.ts';
import { MOST_REASONS, MOST_REASONS_IN_ALL } from '../src/analysis/columns-reasons.ts';
import { LARGEST_PACKET, SHORTEST_FRAME } from '../src/analysis/cost-cable.ts';
import { CAUSE, PROBE_ANSWERS, PROBES, REPEATS } from '../src/analysis/cost-cause.ts';
import { COST } from '../src/analysis/cost-layers.ts';
import { WORD as COST_WORD, ROW_WORDS as COST_WORDS, PLAIN } from '../src/analysis/cost-rows.ts';
import { CONTROL, FLOW_SETS, LANE_INTERFACES, REGIONS } from '../src/analysis/lane-memory.ts';
import { SETTLED, SUM } from '../src/analysis/ordinary-segments.ts';
import {
  MOST_SAMPLED_BYTES,
  MOST_SAMPLED_PIECES,
  NO_NEW_PAYLOAD,
  SAMPLE_BYTES,
  SAMPLE_PIECE,
  SAMPLE_PIECE_WORDS,
  SAMPLE_PIECES,
  SAMPLE_SIDE,
  SAMPLE_SIDE_WORDS,
} from '../src/analysis/safety-sample.ts';
import { SIDE_NUMBERS, SIDE_TOTAL, TOTAL, TROUBLE } from '../src/analysis/totals.ts';
import { MOST_IN_FLIGHT } from '../src/flows/tcp-analysis.ts';
import { COMPLETENESS, TCP_EVENT } from '../src/flows/tcp-events.ts';
import {
  RECORD_WORDS,
  SCALE,
  SHARED,
  SHARED_DOUBLES,
  SHARED_MARK,
  SIDE,
  SIDE_MARK,
  SIDE_SECONDS,
  SIDE_WORDS,
} from '../src/flows/tcp-state.ts';
import { REASON, REASON_NUMBERS } from '../src/flows/tcp-verdict.ts';
import { MOST_SPAN, MOST_UNACKNOWLEDGED, SEGMENT, SEGMENT_WORDS } from '../src/flows/unacknowledged.ts';

/** Words of a row of costs that the lane adds to. */
const WORDS_OF_COST = {
  transportOptions: COST.transportOptions,
  payload: COST.payload,
  padding: COST.padding,
  newPayload: COST_WORD.newPayload,
  plainFrames: COST_WORD.plainFrames,
  plainCarriers: COST_WORD.plainCarriers,
  causes: COST_WORD.causes,
  missingPadding: COST_WORD.missingPadding,
  oversizedFrames: COST_WORD.oversizedFrames,
  hypotheticalFrames: COST_WORD.hypotheticalFrames,
};

const WORD = 4;
const DOUBLE = 8;
/** The largest frame that the lane takes: an IPv4 packet in Ethernet hardly has more. */
const MOST_FRAME = 65_536;

/** Offsets in bytes, from word indexes by their names. */
function offsets(words: Readonly<Record<string, number>>, size = WORD): Record<string, number> {
  return Object.fromEntries(Object.entries(words).map(([name, word]) => [name, size * word]));
}

/** Numbers under a common prefix, their names in capitals. */
function group(type: string, prefix: string, values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, value]) => {
    const capitals = `${prefix}_${name}`.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
    return `export const ${capitals}: ${type} = ${value};`;
  });
}

function numbers(type: string, values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, value]) => `export const ${name}: ${type} = ${value};`);
}

export function layoutSource(): string {
  const address = (name: keyof typeof REGIONS): number => REGIONS[name].address;
  const lines = [
    ...numbers('usize', {
      ROW_COUNT: WORD * CONTROL.rows,
      CHUNK_ADDRESS: WORD * CONTROL.chunk,
      POOL_FREE: WORD * CONTROL.poolFree,
      POOL_FRESH: WORD * CONTROL.poolFresh,
      EXCERPT_COUNT: WORD * CONTROL.excerpts,
      SAMPLE_COUNT: WORD * CONTROL.samples,
      SAMPLE_LENGTH: WORD * CONTROL.sampleBytes,
      IS_44: WORD * CONTROL.is44,
      IS_46: WORD * CONTROL.is46,
      REASON_COUNT: WORD * CONTROL.reasons,
      REASON: WORD * CONTROL.reason,
      CAPTURE_SUMS: WORD * CONTROL.totals,
      EVENT_TOTALS: WORD * CONTROL.eventTotals,
      ORDINARY_SUMS: WORD * CONTROL.ordinary,
      SIDE_TOTALS: address('sideTotals'),
      SIDE_TOTALS_BYTES: DOUBLE * SIDE_NUMBERS,
      TOTALS_TROUBLES: address('troubles'),
      TOTALS_FLAGS: address('flags'),
      CARRY_COUNT: WORD * CONTROL.carries,
      CLOCK_SECONDS: WORD * CONTROL.clock,
      CLOCK_NANOSECONDS: WORD * CONTROL.clock + DOUBLE,
      CLOCK_LATEST: WORD * CONTROL.clock + 2 * DOUBLE,
      CAPTURED_BYTES: WORD * CONTROL.capturedBytes,
      PACKETS: WORD * CONTROL.packets,
      INTERFACES: WORD * CONTROL.interfaces,
      INTERFACE_TICK: 0,
      INTERFACE_INDEX: WORD,
      INTERFACE_BYTES: 2 * WORD,
      FLOW_CACHE: address('flowCache'),
      SETTLED: address('settled'),
      LASTS: address('lasts'),
      EXCERPTS_TAKEN: address('excerptsTaken'),
      REASONS_TAKEN: address('reasonsTaken'),
      FIN_ENDS: address('finEnds'),
      FINS_WAITING: address('finsWaiting'),
      CHECKS: address('checks'),
      FINGERPRINTS: address('fingerprints'),
      FINGERPRINT_TIMES: address('fingerprintTimes'),
      EXCERPT_ROWS: address('excerptRows'),
      EXCERPTS: address('excerptBytes'),
      REASON_ROWS: address('reasonRows'),
      REASON_NUMBERS: address('reasonNumbers'),
      COSTS: address('costs'),
      CARRIES: address('costCarries'),
      SAMPLE_FULL: address('sampleFull'),
      SAMPLE_SIDES: address('sampleSides'),
      SAMPLED_PIECES: address('samplePieces'),
      SAMPLED_BYTES: address('sampleBytes'),
      STATES: address('states'),
      POOL: address('unacknowledged'),
      RECORD_BYTES: WORD * RECORD_WORDS,
      SIDE_BYTES: WORD * SIDE_WORDS,
      SEGMENT_BYTES: WORD * SEGMENT_WORDS,
      ROW_BYTES: WORD * ROW_WORDS,
      SAMPLE_SIDE_SIZE: WORD * SAMPLE_SIDE_WORDS,
      PIECE_BYTES: WORD * SAMPLE_PIECE_WORDS,
      EXCERPT_BYTES,
      REASON_BYTES: DOUBLE * REASON_NUMBERS,
      COST_BYTES: WORD * COST_WORDS,
    }),
    ...group('usize', 'SIDE', offsets(SIDE)),
    ...group('usize', 'SIDE', {
      nextSeconds: DOUBLE * SIDE_SECONDS.next,
      lastAckSeconds: DOUBLE * SIDE_SECONDS.lastAck,
    }),
    ...group('usize', 'RECORD', offsets({ marks: SHARED.marks, completeness: SHARED.completeness })),
    ...group('usize', 'RECORD', {
      initialRttNs: WORD * SHARED.initialRttNs,
      synNs: WORD * SHARED.synNs,
      synSeconds: DOUBLE * SHARED_DOUBLES.synSeconds,
      initialRttSeconds: DOUBLE * SHARED_DOUBLES.initialRttSeconds,
    }),
    ...group('usize', 'TOTAL', offsets(TOTAL, DOUBLE)),
    ...group('usize', 'SIDE_TOTAL', offsets(SIDE_TOTAL, DOUBLE)),
    ...group('usize', 'SUM', offsets(SUM, DOUBLE)),
    ...group('usize', 'REASON', offsets(REASON, DOUBLE)),
    ...group('usize', 'COST', offsets(WORDS_OF_COST)),
    ...group('usize', 'SEGMENT', { ...offsets(SEGMENT), seconds: DOUBLE * SEGMENT.seconds }),
    ...group('usize', 'ROW', offsets(ROW)),
    ...group('usize', 'SAMPLE_SIDE', offsets(SAMPLE_SIDE)),
    ...group('usize', 'PIECE', offsets(SAMPLE_PIECE)),
    ...group('i32', 'EVENT', TCP_EVENT),
    ...group('i32', 'CAUSE', CAUSE),
    ...numbers('i32', {
      EVENTS_OF_PROBES: PROBES,
      EVENTS_OF_PROBE_ANSWERS: PROBE_ANSWERS,
      EVENTS_OF_REPEATS: REPEATS,
      EVENTS_OF_OLD_PAYLOAD: NO_NEW_PAYLOAD,
      MOST_REASONS_IN_ALL,
      POOL_END: REGIONS.unacknowledged.bytes / WORD,
      MARK_BASE_KNOWN: SIDE_MARK.baseKnown,
      MARK_FLIGHT_KNOWN: SIDE_MARK.flightKnown,
      MARK_NEXT_WITHOUT_DATA: SIDE_MARK.nextWithoutData,
      MARK_SCATTERED: SIDE_MARK.isScattered,
      MARK_JUST_SYN: SIDE_MARK.justSyn,
      MARK_SETTLED: SHARED_MARK.settled,
      MARK_SYN_TIMED: SHARED_MARK.synTimed,
      SEEN_ACK: COMPLETENESS.ack,
      SEEN_DATA: COMPLETENESS.data,
      SEEN_FIN: COMPLETENESS.fin,
      SEEN_SYNS: COMPLETENESS.syn | COMPLETENESS.synAck,
      SEEN_HANDSHAKE: COMPLETENESS.syn | COMPLETENESS.synAck | COMPLETENESS.ack,
      SCALE_UNKNOWN: SCALE.unknown,
      MOST_SPAN,
      MOST_UNACKNOWLEDGED,
      MARK_TCP: ROW_MARK.tcp,
      MARK_COPY: ROW_MARK.copy,
      MARK_CUT: ROW_MARK.cut,
      MARK_NO_TIME: ROW_MARK.noTime,
      MARK_QUOTED: ROW_MARK.quoted,
      EVENTS_OF_TROUBLE: TROUBLE,
      ORDINARY,
      CHUNK_MASK,
      FRAMES_FOR_COPIES,
      MOST_EXCERPTS_IN_ALL,
      SAMPLE_BYTES,
      SAMPLE_PIECES,
      MOST_SAMPLED_BYTES,
      MOST_SAMPLED_PIECES,
    }),
    ...numbers('u32', {
      MOST_IN_FLIGHT,
      MOST_FRAME,
      MOST_INTERFACES: LANE_INTERFACES,
      FLOW_SETS,
      FLAGS_MASK,
      FLAGS_SHIFT,
      SETTLED_OTHER: SETTLED.other,
      SETTLED_FULL: SETTLED.full,
      SETTLED_NOBODY: SETTLED.nobody,
      EVENTS_SHIFT,
      SHORTEST_FRAME,
      LARGEST_FRAME: PLAIN.link + LARGEST_PACKET,
      MOST_EXCERPTS,
      MOST_REASONS,
    }),
    ...numbers('u8', {
      CHECK_GOOD: CHECK.good,
      CHECK_PARTIAL: CHECK.partial,
      CHECK_BAD: CHECK.bad,
      CHECK_ONE: CHECK.one,
      MOST_CHECKS,
    }),
    ...numbers('f64', { COPY_NS }),
  ];
  return `/** Made by \`npm run build --prefix assembly\` from the tables in \`src/\` (\`layout-source.ts\`). */\n\n${lines.join('\n')}\n`;
}
