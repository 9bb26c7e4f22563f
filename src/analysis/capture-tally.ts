/**
 * What the file says of itself beside its packets: who wrote it, its interfaces, what was lost. Stands in front of the pipeline.
 */

import { linkTypeName } from '../pcap/link-types.ts';
import { NOT_SAID, type PacketRecord } from '../pcap/packet-record.ts';
import type {
  InterfaceDescription,
  InterfaceStatistics,
  RecordSink,
  SectionDescription,
} from '../pcap/record-sink.ts';
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
  readonly #interfaces: Interface[] = [];
  #section: SectionDescription | undefined = undefined;
  #capturedBytes = 0;

  /** @param next takes every record, too */
  constructor(next: RecordSink) {
    this.#next = next;
  }

  /** So far. */
  facts(): TallyFacts {
    return {
      capturedBytes: this.#capturedBytes,
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
    this.#interfaces[description.index] = new Interface(description);
  }

  onSection(section: SectionDescription): void {
    this.#section ??= section;
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
        packets,
        drops,
        received: statistics?.received ?? null,
      };
    });
  }
}
