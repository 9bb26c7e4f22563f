/**
 * The memory that the fast lane (`fast-lane.ts`) shares with the rest of an analysis: what both write lies in one WebAssembly memory,
 * where TypeScript sees it as typed arrays. Regions for so many conversations lie at fixed addresses, of which the system
 * gives only the pages that are used; behind them chunks of rows are added one by one.
 *
 * What outgrows its region goes on in arrays of its own, and the lane is **closed**: from then on everything takes the long way.
 */
import type { FlowMemory } from '../flows/tcp-analysis.ts';
import { RECORD_WORDS } from '../flows/tcp-state.ts';
import { REASON_NUMBERS } from '../flows/tcp-verdict.ts';
import { SEGMENT_WORDS } from '../flows/unacknowledged.ts';
import type { ColumnsMemory } from './columns.ts';
import { CHUNK_BYTES, RowChunk } from './columns-chunk.ts';
import { EXCERPT_BYTES, MOST_EXCERPTS_IN_ALL } from './columns-excerpts.ts';
import { MOST_REASONS_IN_ALL } from './columns-reasons.ts';
import type { LedgerMemory } from './cost-ledger.ts';
import { ROW_WORDS as COST_WORDS } from './cost-rows.ts';
import { LANE_MODULE } from './lane-module.ts';
import {
  MOST_SAMPLED_BYTES,
  MOST_SAMPLED_PIECES,
  SAMPLE_PIECE_WORDS,
  SAMPLE_SIDE_WORDS,
  type SampleMemory,
} from './safety-sample.ts';
import { SIDE_NUMBERS } from './totals.ts';
import { WebAssembly, type WebAssemblyMemory } from './web-assembly.ts';

const PAGE_BYTES = 65_536;
/** 4 GiB, which is all that 32 bits address: 85 million rows. */
const MOST_PAGES = 65_536;
/** Small enough to stay in a processor's cache while it is decoded, large enough that a call costs little: measured. */
export const PIECE_BYTES: number = 256 * 1_024;
/** Conversations of TCP for which there are regions. */
export const LANE_CONVERSATIONS: number = 1 << 18;
const PLACES = 2 * LANE_CONVERSATIONS;
/** Segments that may wait for their ACK in all conversations together. */
const UNACKNOWLEDGED = 1 << 20;
/** Sets of four conversations in the lane's cache of addresses. */
export const FLOW_SETS: number = 1 << 14;
const FLOW_SET_BYTES = 64;
/** Sums of costs that pass 2^31 in the lane: 140 TB of segments that are not ordinary. */
const COST_CARRIES = 65_536;
/** Interfaces of a section, and of the file, whose packets the lane takes. */
export const LANE_INTERFACES = 64;

/** Words of 32 bits at the beginning of the memory; the first is nobody's, so that an address of 0 means "none". */
export const CONTROL = {
  rows: 16,
  /** Where the chunk of the last row lies. */
  chunk: 17,
  poolFree: 18,
  poolFresh: 19,
  excerpts: 20,
  samples: 21,
  sampleBytes: 22,
  reasons: 23,
  /** Doubles: seconds and nanoseconds of the first row's time, then the latest row's, in nanoseconds since then. */
  clock: 24,
  /** A double. */
  capturedBytes: 30,
  carries: 32,
  /** Whether the rules are those of Wireshark 4.4 or later, of 4.6 or later. */
  is44: 33,
  is46: 34,
  /** By index of the interface in the file. */
  packets: 64,
  /** By its number in the section: nanoseconds of a tick (0: not for the lane), and its index in the file. */
  interfaces: 128,
  /** Doubles: the numbers behind the events of the segment at hand. */
  reason: 1_024,
  /** Doubles: `Totals`. */
  totals: 2_048,
  eventTotals: 2_080,
  ordinary: 2_144,
} as const;

type RegionName =
  | 'control'
  | 'piece'
  | 'flowCache'
  | 'settled'
  | 'lasts'
  | 'excerptsTaken'
  | 'reasonsTaken'
  | 'finEnds'
  | 'finsWaiting'
  | 'checks'
  | 'fingerprints'
  | 'fingerprintTimes'
  | 'excerptRows'
  | 'excerptBytes'
  | 'reasonRows'
  | 'reasonNumbers'
  | 'costs'
  | 'costCarries'
  | 'sideTotals'
  | 'troubles'
  | 'flags'
  | 'sampleFull'
  | 'sampleSides'
  | 'samplePieces'
  | 'sampleBytes'
  | 'states'
  | 'unacknowledged';

/** Bytes of each region, in the order of their addresses. */
const REGION_BYTES: Readonly<Record<RegionName, number>> = {
  control: PAGE_BYTES,
  piece: PIECE_BYTES,
  flowCache: FLOW_SETS * FLOW_SET_BYTES,
  settled: PLACES,
  lasts: 4 * LANE_CONVERSATIONS,
  excerptsTaken: 2 * LANE_CONVERSATIONS,
  reasonsTaken: 2 * LANE_CONVERSATIONS,
  finEnds: 4 * PLACES,
  finsWaiting: PLACES,
  checks: PLACES,
  fingerprints: 4 * PLACES,
  fingerprintTimes: 8 * PLACES,
  excerptRows: 4 * MOST_EXCERPTS_IN_ALL,
  excerptBytes: (1 + EXCERPT_BYTES) * MOST_EXCERPTS_IN_ALL,
  reasonRows: 4 * MOST_REASONS_IN_ALL,
  reasonNumbers: 8 * REASON_NUMBERS * MOST_REASONS_IN_ALL,
  costs: 4 * COST_WORDS * LANE_CONVERSATIONS,
  costCarries: 4 * COST_CARRIES,
  sideTotals: 8 * SIDE_NUMBERS * PLACES,
  troubles: 4 * LANE_CONVERSATIONS,
  flags: 2 * LANE_CONVERSATIONS,
  sampleFull: PLACES,
  sampleSides: 4 * SAMPLE_SIDE_WORDS * PLACES,
  samplePieces: 4 * SAMPLE_PIECE_WORDS * MOST_SAMPLED_PIECES,
  sampleBytes: MOST_SAMPLED_BYTES,
  states: 4 * RECORD_WORDS * LANE_CONVERSATIONS,
  unacknowledged: 4 * SEGMENT_WORDS * UNACKNOWLEDGED,
};

interface Region {
  readonly address: number;
  readonly bytes: number;
}

/** Each begins with a page of its own. */
export const REGIONS: Readonly<Record<RegionName, Region>> = layOut();
const ROWS = Math.max(...Object.values(REGIONS).map(({ address, bytes }) => pages(address + bytes)));

/** The same for all memories. */
let compiled: object | undefined;

export class LaneMemory {
  readonly memory: WebAssemblyMemory;
  /** What works in the memory beside TypeScript: `assembly/lane/fast-lane.ts`. */
  readonly exports: object;
  /** Pieces of the capture belong there. */
  readonly piece: Uint8Array;
  readonly control: Int32Array;
  readonly controlDoubles: Float64Array;
  #isOpen = true;

  /** @throws Error where there is no WebAssembly with shared memory, or not so many addresses, or no code may be made */
  constructor() {
    // Shared, though no other thread has it: what is seen of it stays where it is when it grows.
    this.memory = new WebAssembly.Memory({ initial: ROWS, maximum: MOST_PAGES, shared: true });
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(LANE_MODULE), byte => byte.charCodeAt(0)));
    this.exports = new WebAssembly.Instance(compiled, { env: { memory: this.memory } }).exports;
    this.piece = this.bytes('piece');
    this.control = this.words('control');
    this.controlDoubles = this.doubles('control');
  }

  /** Everything is where the lane looks for it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): void {
    this.#isOpen = false;
  }

  bytes(name: RegionName): Uint8Array {
    return new Uint8Array(this.memory.buffer, REGIONS[name].address, REGIONS[name].bytes);
  }

  halves(name: RegionName): Uint16Array {
    return new Uint16Array(this.memory.buffer, REGIONS[name].address, REGIONS[name].bytes >>> 1);
  }

  words(name: RegionName): Int32Array {
    return new Int32Array(this.memory.buffer, REGIONS[name].address, REGIONS[name].bytes >>> 2);
  }

  unsigned(name: RegionName): Uint32Array {
    return new Uint32Array(this.memory.buffer, REGIONS[name].address, REGIONS[name].bytes >>> 2);
  }

  doubles(name: RegionName): Float64Array {
    return new Float64Array(this.memory.buffer, REGIONS[name].address, REGIONS[name].bytes >>> 3);
  }

  /** One word of the control. */
  cell(word: number): Int32Array {
    return this.control.subarray(word, word + 1);
  }

  /** The next chunk of rows, which the lane goes on in; where there is no room for it the lane is closed. */
  openChunk(): RowChunk | undefined {
    let page = 0;
    try {
      page = this.memory.grow(pages(CHUNK_BYTES));
    } catch {
      this.close();
    }
    const address = page * PAGE_BYTES;
    this.control[CONTROL.chunk] = address;
    return page === 0 ? undefined : new RowChunk(this.memory.buffer, address);
  }
}

/** One, or undefined where there can be none. */
export function laneMemory(): LaneMemory | undefined {
  try {
    return new LaneMemory();
  } catch {
    return undefined;
  }
}

/** The parts of it by who uses them beside the lane. */
export interface LaneParts {
  readonly flows: FlowMemory;
  readonly columns: ColumnsMemory;
  readonly costs: LedgerMemory;
  readonly samples: SampleMemory;
  readonly settled: Uint8Array;
}

export function partsOf(memory: LaneMemory): LaneParts {
  const close = (): void => memory.close();
  return {
    flows: {
      states: memory.words('states'),
      segments: memory.words('unacknowledged'),
      free: memory.cell(CONTROL.poolFree),
      fresh: memory.cell(CONTROL.poolFresh),
      reason: memory.controlDoubles.subarray(CONTROL.reason >> 1, (CONTROL.reason >> 1) + REASON_NUMBERS),
      close,
    },
    columns: {
      rows: memory.cell(CONTROL.rows),
      clock: memory.controlDoubles.subarray(CONTROL.clock >> 1, (CONTROL.clock >> 1) + 3),
      tcp: {
        lasts: memory.words('lasts'),
        excerpts: memory.halves('excerptsTaken'),
        reasons: memory.halves('reasonsTaken'),
        checks: memory.bytes('checks'),
        fingerprints: memory.words('fingerprints'),
        fingerprintTimes: memory.doubles('fingerprintTimes'),
        close,
      },
      excerpts: {
        rows: memory.words('excerptRows'),
        count: memory.cell(CONTROL.excerpts),
        bytes: memory.bytes('excerptBytes'),
      },
      reasons: {
        rows: memory.words('reasonRows'),
        count: memory.cell(CONTROL.reasons),
        numbers: memory.doubles('reasonNumbers'),
      },
      openChunk: () => memory.openChunk(),
    },
    costs: {
      rows: {
        rows: memory.words('costs'),
        carries: memory.words('costCarries'),
        carryCount: memory.cell(CONTROL.carries),
      },
      fins: { ends: memory.words('finEnds'), waiting: memory.bytes('finsWaiting') },
    },
    samples: {
      full: memory.bytes('sampleFull'),
      sides: memory.words('sampleSides'),
      pieces: memory.words('samplePieces'),
      bytes: memory.bytes('sampleBytes'),
      count: memory.cell(CONTROL.samples),
      length: memory.cell(CONTROL.sampleBytes),
    },
    settled: memory.bytes('settled'),
  };
}

function layOut(): Record<RegionName, Region> {
  let address = 0;
  const regions: Partial<Record<RegionName, Region>> = {};
  for (const [name, bytes] of Object.entries(REGION_BYTES) as [RegionName, number][]) {
    regions[name] = { address, bytes };
    address += pages(bytes) * PAGE_BYTES;
  }
  return regions as Record<RegionName, Region>;
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
