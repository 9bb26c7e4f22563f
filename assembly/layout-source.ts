/** The addresses and numbers that the fast lane shares with `src/`, as the source of `layout.ts`: told once, there. */
import { CHECK, MOST_CHECKS } from '../src/analysis/columns-checksum.ts';
import {
  CHUNK_MASK,
  FLAGS_MASK,
  FLAGS_SHIFT,
  ORDINARY,
  ROW,
  ROW_MARK,
  ROW_WORDS,
} from '../src/analysis/columns-chunk.ts';
import { COPY_NS, FRAMES_FOR_COPIES } from '../src/analysis/columns-copies.ts';
import { EXCERPT_BYTES, MOST_EXCERPTS, MOST_EXCERPTS_IN_ALL } from '../src/analysis/columns-excerpts.ts';
import { CONTROL, FLOW_SETS, LANE_INTERFACES, REGIONS } from '../src/analysis/lane-memory.ts';
import { SETTLED } from '../src/analysis/ordinary-segments.ts';
import {
  MOST_SAMPLED_BYTES,
  MOST_SAMPLED_PIECES,
  SAMPLE_BYTES,
  SAMPLE_PIECE,
  SAMPLE_PIECE_WORDS,
  SAMPLE_PIECES,
  SAMPLE_SIDE,
  SAMPLE_SIDE_WORDS,
} from '../src/analysis/safety-sample.ts';
import { MOST_IN_FLIGHT } from '../src/flows/tcp-analysis.ts';
import { COMPLETENESS } from '../src/flows/tcp-events.ts';
import {
  RECORD_WORDS,
  SCALE,
  SHARED,
  SHARED_MARK,
  SIDE,
  SIDE_MARK,
  SIDE_SECONDS,
  SIDE_WORDS,
} from '../src/flows/tcp-state.ts';
import { MOST_SPAN, MOST_UNACKNOWLEDGED, SEGMENT, SEGMENT_WORDS } from '../src/flows/unacknowledged.ts';

const WORD = 4;
const DOUBLE = 8;
/** The largest frame that the lane takes: more than an IPv4 packet in Ethernet can have. */
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
      IS_PARTIAL: WORD * CONTROL.isPartial,
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
      CHECKS: address('checks'),
      FINGERPRINTS: address('fingerprints'),
      FINGERPRINT_TIMES: address('fingerprintTimes'),
      EXCERPT_ROWS: address('excerptRows'),
      EXCERPTS: address('excerptBytes'),
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
    }),
    ...group('usize', 'SIDE', offsets(SIDE)),
    ...group('usize', 'SIDE', {
      nextSeconds: DOUBLE * SIDE_SECONDS.next,
      lastAckSeconds: DOUBLE * SIDE_SECONDS.lastAck,
    }),
    ...group('usize', 'RECORD', offsets({ marks: SHARED.marks, completeness: SHARED.completeness })),
    ...group('usize', 'SEGMENT', { ...offsets(SEGMENT), seconds: DOUBLE * SEGMENT.seconds }),
    ...group('usize', 'ROW', offsets(ROW)),
    ...group('usize', 'SAMPLE_SIDE', offsets(SAMPLE_SIDE)),
    ...group('usize', 'PIECE', offsets(SAMPLE_PIECE)),
    ...numbers('i32', {
      POOL_END: REGIONS.unacknowledged.bytes / WORD,
      MARK_BASE_KNOWN: SIDE_MARK.baseKnown,
      MARK_FLIGHT_KNOWN: SIDE_MARK.flightKnown,
      MARK_NEXT_WITHOUT_DATA: SIDE_MARK.nextWithoutData,
      MARK_SCATTERED: SIDE_MARK.isScattered,
      MARK_SETTLED: SHARED_MARK.settled,
      SEEN_FIN: COMPLETENESS.fin,
      SCALE_UNKNOWN: SCALE.unknown,
      MOST_SPAN,
      MOST_UNACKNOWLEDGED,
      MARK_TCP: ROW_MARK.tcp,
      MARK_COPY: ROW_MARK.copy,
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
      MOST_EXCERPTS,
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
