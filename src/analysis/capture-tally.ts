/**
 * What the file says of itself beside its packets: who wrote it, its interfaces, what was lost. Stands in front of the pipeline.
 */

import { linkTypeName } from '../pcap/link-types.ts';
import { NOT_SAID, type PacketRecord } from '../pcap/packet-record.ts';
import type {
  CaptureFormat,
  InterfaceDescription,
  InterfaceStatistics,
  RecordSink,
  SectionDescription,
} from '../pcap/record-sink.ts';
import type { FastLane } from './fast-lane.ts';
import type { InterfaceFacts } from './model.ts';

/** Counters of one interface. */
class Interface {
  readonly description: InterfaceDescription;
  packets = 0;
  /** Of the packets' own drop counts; −1: none says it. */
  droppedBetween = NOT_SAID;
  /** The last statistics of it. */
  statistics: InterfaceStatistics | undefined = undefined;

  constructor(description: InterfaceDescription) {
    this.description = description;
  }
}

/** What it has counted; plain data, which another thread may have counted. */
export interface TallyFacts {
  readonly capturedBytes: number;
  /** Who wrote the capture, and on which system, as its first section says. */
  readonly application: string | null;
  readonly os: string | null;
  readonly interfaces: readonly InterfaceFacts[];
}

export class CaptureTally implements RecordSink {
  readonly #next: RecordSink;
  readonly #lane: FastLane | undefined;
  /** Of the section at hand: its first interface. */
  #first = 0;
  readonly #interfaces: Interface[] = [];
  #section: SectionDescription | undefined = undefined;
  #capturedBytes = 0;

  /**
   * @param next takes every record, too
   * @param lane takes records by itself, and counts them
   */
  constructor(next: RecordSink, lane?: FastLane) {
    this.#next = next;
    this.#lane = lane;
  }

  get room(): Uint8Array | undefined {
    return this.#lane?.room;
  }

  takeRecords(bytes: Uint8Array, start: number, end: number, format: CaptureFormat): number {
    return this.#lane?.take(bytes, start, end, format) ?? start;
  }

  /** So far. */
  facts(): TallyFacts {
    return {
      capturedBytes: this.#capturedBytes + (this.#lane?.capturedBytes ?? 0),
      application: this.#section?.application ?? null,
      os: this.#section?.os ?? this.#interfaces[0]?.description.os ?? null,
      interfaces: this.#interfaceFacts(),
    };
  }

  onPacket(record: PacketRecord): void {
    this.#capturedBytes += record.capturedLength;
    const one = this.#interfaces[record.interfaceIndex];
    if (one !== undefined) {
      one.packets++;
      if (record.dropCount > 0) one.droppedBetween = Math.max(0, one.droppedBetween) + record.dropCount;
    }
    this.#next.onPacket(record);
  }

  onInterface(description: InterfaceDescription): void {
    const { index } = description;
    this.#interfaces[index] = new Interface(description);
    this.#lane?.describe(index - this.#first, description);
  }

  onSection(section: SectionDescription): void {
    this.#section ??= section;
    this.#first = this.#interfaces.length;
    this.#lane?.forgetInterfaces();
  }

  onStatistics(statistics: InterfaceStatistics): void {
    const one = this.#interfaces[statistics.interfaceIndex];
    if (one !== undefined) one.statistics = statistics;
  }

  #interfaceFacts(): InterfaceFacts[] {
    return this.#interfaces.map(({ description, packets, droppedBetween, statistics }) => {
      const { dropped, osDropped } = statistics ?? {};
      const said = [dropped, osDropped].filter(value => value !== undefined);
      // The statistics count what the packets' own counts tell, too.
      const drops =
        said.length > 0
          ? said.reduce((sum, value) => sum + value, 0)
          : droppedBetween < 0
            ? null
            : droppedBetween;
      return {
        index: description.index,
        name: description.name ?? null,
        description: description.description ?? null,
        linkType: description.linkType,
        linkTypeName: linkTypeName(description.linkType),
        snapLength: description.snapLength,
        filter: description.filter ?? null,
        packets: packets + (this.#lane?.packetsOf(description.index) ?? 0),
        drops,
        received: statistics?.received ?? null,
      };
    });
  }
}
