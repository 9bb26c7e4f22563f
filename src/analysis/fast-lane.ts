/**
 * The fast lane: nearly all frames of a large capture are ordinary segments (`ordinary-segments.ts`), and their way from the
 * bytes of the file to their row is always the same. That way exists a second time, as WebAssembly (`assembly/`), which runs at full
 * speed from its first frame on, where JavaScript takes a hundred thousand frames until it is compiled. It takes records for as long as
 * it can, in the same memory as the long way: whatever is different takes that, frame by frame.
 *
 * What is found is the same; `test/fast-lane.test.ts` holds the two against each other. Where there is no WebAssembly, or a limit
 * of its memory is passed, everything takes the long way.
 */
import type { WiresharkVersion } from '../flows/tcp-analysis.ts';
import type { CaptureFormat, InterfaceDescription } from '../pcap/record-sink.ts';
import { LINK_TYPE } from '../wire/link-types.ts';
import type { Packet } from '../wire/packet.ts';
import type { Columns } from './columns.ts';
import { EVENT_NAMES } from './events-report.ts';
import { CONTROL, LANE_INTERFACES, type LaneMemory } from './lane-memory.ts';
import { SUMS } from './ordinary-segments.ts';
import type { Pipeline } from './pipeline.ts';
import { SIDE_NUMBERS, TOTALS, type TotalsMemory } from './totals.ts';

const NS_PER_SECOND = 1_000_000_000n;
/** Nanoseconds of a tick that the lane can count in: those of pcap, and nearly all of pcapng. */
const TICKS: readonly bigint[] = [1n, 1_000n];
/** Words of an interface in the control. */
const INTERFACE_WORDS = 2;

/** After so many records in a row that are not for the lane it is not asked for as many, 64 at most: to ask takes 60 ns. */
const MISSES = 8;
const MOST_REST = 64;

/** What `assembly/lane/fast-lane.ts` exports. */
interface Lane {
  takePcap(start: number, end: number): number;
  takePcapng(start: number, end: number): number;
  addRows(chunk: number, from: number, to: number, first: number): number;
  keep(
    source: number,
    destination: number,
    sourcePort: number,
    destinationPort: number,
    conversation: number,
  ): void;
}

export class FastLane {
  readonly #memory: LaneMemory;
  readonly #columns: Columns;
  readonly #pipeline: Pipeline;
  readonly #lane: Lane;
  /** Records in a row of which none was for the lane, and for how many it is not asked now. */
  #misses = 0;
  #rest = 0;

  /**
   * @param memory in which `columns` and `pipeline` are, too
   * @param wireshark whose rules
   */
  constructor(memory: LaneMemory, columns: Columns, pipeline: Pipeline, wireshark: WiresharkVersion) {
    this.#memory = memory;
    this.#columns = columns;
    this.#pipeline = pipeline;
    memory.control[CONTROL.is44] = wireshark === '4.0' ? 0 : 1;
    memory.control[CONTROL.is46] = wireshark === '4.6' ? 1 : 0;
    this.#lane = memory.exports as Lane;
  }

  /** Where pieces of the capture belong; undefined: the lane is closed. */
  get room(): Uint8Array | undefined {
    return this.#memory.isOpen ? this.#memory.piece : undefined;
  }

  /** Of the frames that it took. */
  get capturedBytes(): number {
    return this.#memory.controlDoubles[CONTROL.capturedBytes >> 1]!;
  }

  /** Frames that it took of an interface. @param index in the file */
  packetsOf(index: number): number {
    return index < LANE_INTERFACES ? this.#memory.control[CONTROL.packets + index]! >>> 0 : 0;
  }

  /** `RecordSink.takeRecords` */
  take(bytes: Uint8Array, start: number, end: number, format: CaptureFormat): number {
    const memory = this.#memory;
    if (bytes.buffer !== memory.piece.buffer || !memory.isOpen || !this.#columns.hasStart) return start;
    if (this.#rest > 0) {
      this.#rest--;
      return start;
    }
    const { byteOffset } = bytes;
    const lane = this.#lane;
    const next =
      format === 'pcap'
        ? lane.takePcap(byteOffset + start, byteOffset + end)
        : lane.takePcapng(byteOffset + start, byteOffset + end);
    this.#pipeline.skipTo(this.#columns.count);
    if (next > byteOffset + start) this.#misses = 0;
    else if (++this.#misses >= MISSES) this.#rest = Math.min(this.#misses, MOST_REST);
    return next - byteOffset;
  }

  /** For the totals, all zeros; undefined: the lane is closed. */
  totals(): TotalsMemory | undefined {
    const memory = this.#memory;
    if (!memory.isOpen) return undefined;
    const { controlDoubles } = memory;
    const part = (word: number, length: number): Float64Array =>
      controlDoubles.subarray(word >> 1, (word >> 1) + length);
    const { count } = this.#columns.tcp;
    return {
      sums: part(CONTROL.totals, TOTALS).fill(0),
      events: part(CONTROL.eventTotals, EVENT_NAMES.length).fill(0),
      ordinary: part(CONTROL.ordinary, SUMS).fill(0),
      sides: memory.doubles('sideTotals').fill(0, 0, 2 * SIDE_NUMBERS * count),
      troubles: memory.unsigned('troubles').fill(0, 0, count),
      flags: memory.halves('flags').fill(0, 0, count),
      addRows: ({ words }, from, to, first) => this.#lane.addRows(words.byteOffset, from, to, first),
    };
  }

  /** Tells it the conversation of a segment that took the long way. */
  note({ family, sourceIpv4, destinationIpv4, tcp }: Packet, conversation: number): void {
    if (family === 4)
      this.#lane.keep(sourceIpv4, destinationIpv4, tcp.sourcePort, tcp.destinationPort, conversation);
  }

  /** @param number of the interface in its section */
  describe(number: number, { index, linkType, ticksPerSecond, offsetSeconds }: InterfaceDescription): void {
    if (number >= LANE_INTERFACES || index >= LANE_INTERFACES) return;
    const tick = TICKS.find(value => value * ticksPerSecond === NS_PER_SECOND);
    const isFit = linkType === LINK_TYPE.ethernet && offsetSeconds === 0 && tick !== undefined;
    this.#memory.control.set(
      [isFit ? Number(tick) : 0, index],
      CONTROL.interfaces + INTERFACE_WORDS * number,
    );
  }

  /** A section begins. */
  forgetInterfaces(): void {
    this.#memory.control.fill(0, CONTROL.interfaces, CONTROL.interfaces + INTERFACE_WORDS * LANE_INTERFACES);
  }
}
