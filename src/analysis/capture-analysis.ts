/**
 * The analysis of a whole capture: give its records to `sink`, call `finish`, then ask. What is asked of one conversation is worked
 * out when it is asked.
 */

import type { Conversations } from '../flows/conversations.ts';
import type { WiresharkVersion } from '../flows/tcp-analysis.ts';
import type { Damage } from '../pcap/damage.ts';
import type { RecordSink } from '../pcap/record-sink.ts';
import type { Packet } from '../wire/packet.ts';
import { AddressText } from './address-text.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { artefactsOf } from './artefacts.ts';
import { CaptureTally } from './capture-tally.ts';
import { Columns } from './columns.ts';
import type { PlaceTable } from './columns-places.ts';
import { type ClientSide, clientSideOf } from './conversation-walk.ts';
import type { CostSheet } from './cost.ts';
import { CostAndSafety } from './cost-and-safety.ts';
import { FastLane } from './fast-lane.ts';
import { FrameTeller } from './frame-teller.ts';
import { laneMemory, partsOf } from './lane-memory.ts';
import type { CaptureFacts, CaptureReport, Endpoint, TcpReport, UdpReport } from './model.ts';
import { mayBeOrdinary, OrdinarySegments } from './ordinary-segments.ts';
import { OtherCounter } from './other-traffic.ts';
import { type FrameSink, Pipeline } from './pipeline.ts';
import { rudpReport } from './rudp-report.ts';
import { SeriesReader } from './series.ts';
import { tcpReport } from './tcp-report.ts';
import type { OwnConversation } from './telemetry-decode-watch.ts';
import { telemetryReport } from './telemetry-report.ts';
import { Totals } from './totals.ts';
import { udpReport } from './udp-report.ts';

export interface CaptureAnalysisOptions {
  /** As the user gave it. */
  readonly name: string;
  /** Whose rules of TCP analysis. */
  readonly wireshark: WiresharkVersion;
  /**
   * Whether plain segments take the fast lane (`fast-lane.ts`): what is found is the same, sooner. It takes 8 GiB of addresses, though
   * hardly any memory.
   */
  readonly fastLane?: boolean | undefined;
}

/** How the reading of the file went. */
export interface ReadingFacts {
  readonly format: 'pcap' | 'pcapng' | undefined;
  readonly compression: string;
  readonly damage: Damage | undefined;
  readonly sizeBytes: number;
  readonly skippedBlocks: number;
  readonly wasStopped: boolean;
}

export interface ReportWishes {
  /** Columns for plots, too. */
  readonly series?: boolean | undefined;
}

/** Which conversations a report has. */
export interface Selection {
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

export class CaptureAnalysis implements FrameSink {
  readonly columns: Columns;
  readonly #options: CaptureAnalysisOptions;
  readonly #pipeline: Pipeline;
  readonly #tally: CaptureTally;
  readonly #others = new OtherCounter();
  readonly #costs: CostAndSafety;
  readonly #ordinary: OrdinarySegments;
  readonly #lane: FastLane | undefined;
  readonly #text = new AddressText();
  #totals: Totals | undefined = undefined;
  #facts: CaptureFacts | undefined = undefined;

  constructor(options: CaptureAnalysisOptions) {
    this.#options = options;
    const { wireshark } = options;
    const memory = options.fastLane === true ? laneMemory() : undefined;
    const parts = memory && partsOf(memory);
    this.columns = new Columns(parts?.columns);
    this.#costs = new CostAndSafety(parts);
    this.#ordinary = new OrdinarySegments(parts?.settled);
    this.#pipeline = new Pipeline(this, { wireshark, memory: parts?.flows });
    this.#lane = memory && new FastLane(memory, this.columns, this.#pipeline, wireshark);
    this.#tally = new CaptureTally(this.#pipeline, this.#lane);
  }

  /** Takes the records of the capture. */
  get sink(): RecordSink {
    return this.#tally;
  }

  onFrame(frame: AnalysedFrame): void {
    const { columns } = this;
    const { packet, verdict } = frame;
    if (frame.hasTcp && mayBeOrdinary(packet) && this.#ordinary.includes(packet.tcp.payloadLength, verdict)) {
      columns.onOrdinary(frame);
      this.#lane?.note(packet, verdict.conversation);
      if (packet.tcp.payloadLength > 0 && !this.#ordinary.isFull(verdict.place))
        this.#lookInto(packet, verdict.place);
      return;
    }
    columns.onFrame(frame);
    this.#costs.onFrame(frame);
    if (packet.isQuoted || !(frame.hasTcp || frame.hasUdp)) this.#others.add(packet);
    else if (frame.hasTcp) this.#settle(frame);
    // A SYN may have begun another conversation between the same endpoints: also one that an ICMP error quotes, or that has our HELLO.
    if (frame.hasTcp) this.#lane?.note(packet, verdict.conversation);
  }

  /** Notes whose conversation it is, as far as that is known. */
  #settle({ verdict: { place } }: AnalysedFrame): void {
    if (this.#costs.isOther(place)) this.#ordinary.settle(place);
    else if (this.#costs.isNobodys(place)) this.#ordinary.await(place);
    else this.#ordinary.claim(place);
  }

  /** Keeps of an ordinary segment, whose row was the last one, what is kept of the first ones of a side. */
  #lookInto(packet: Packet, place: number): void {
    const { columns } = this;
    columns.lookInto(packet, columns.count - 1, place);
    this.#costs.lookInto(packet, place);
    if (columns.isFull(place) && this.#costs.isFull(place)) this.#ordinary.fill(place);
  }

  /** Says that there are no more records; once. Everything below may be asked after it. */
  finish(reading: ReadingFacts): void {
    const { columns } = this;
    const totals = new Totals(columns, this.#lane?.totals());
    this.#totals = totals;
    const tally = this.#tally.facts();
    const { interfaces } = tally;
    const { damage, compression } = reading;
    this.#facts = {
      name: this.#options.name,
      sizeBytes: reading.sizeBytes,
      format: reading.format ?? null,
      compression: compression === 'gzip' || compression === 'zstd' ? compression : null,
      application: tally.application,
      os: tally.os,
      interfaces,
      packets: columns.count,
      bytes: totals.bytes,
      capturedBytes: tally.capturedBytes,
      start: columns.start ?? null,
      durationNs: totals.durationNs,
      damage: damage ?? null,
      skippedBlocks: reading.skippedBlocks,
      artefacts: artefactsOf(columns, totals, interfaces, this.#pipeline.abandonedFragments),
      tcpConversations: columns.tcp.count,
      udpConversations: columns.udp.count,
      wireshark: this.#options.wireshark,
      wasStopped: reading.wasStopped,
    };
  }

  get totals(): Totals {
    return this.#totals as Totals;
  }

  get facts(): CaptureFacts {
    return this.#facts as CaptureFacts;
  }

  /** @param conversation from 0 on, as `tcp.stream` counts */
  tcp(conversation: number, { series = false }: ReportWishes = {}): TcpReport {
    const { columns } = this;
    const [client, ends] = this.#sides(columns.tcp, this.#pipeline.tcp, conversation);
    const collected = new SeriesReader(columns);
    const frames = this.totals.tcp.packetsOf(conversation);
    const own = this.#costs.ownOfTcp(conversation);
    const more = series ? [collected] : [];
    const report = tcpReport(columns, conversation, client, ends, frames, new FrameTeller(own), more);
    return {
      ...report,
      telemetry: telemetryReport(own),
      cost: this.#costs.costOfTcp(conversation, columns.ordinaryOf(conversation)),
      safety: this.#costs.safetyOfTcp(conversation),
      ...(series && { series: collected.segments(), throughput: collected.throughput() }),
    };
  }

  /** @param conversation from 0 on, as `udp.stream` counts */
  udp(conversation: number, { series = false }: ReportWishes = {}): UdpReport {
    const { columns } = this;
    const [client, ends] = this.#sides(columns.udp, this.#pipeline.udp, conversation);
    const collected = new SeriesReader(columns);
    const frames = this.totals.udp.packetsOf(conversation);
    const own = this.#costs.ownOfUdp(conversation);
    const more = series ? [collected] : [];
    const report = udpReport(columns, conversation, client, ends, frames, new FrameTeller(own), more);
    const { rudp, journal } = own ?? {};
    return {
      ...report,
      telemetry: telemetryReport(own),
      rudp:
        rudp === undefined || journal === undefined ? undefined : rudpReport(columns, rudp, journal, series),
      cost: this.#costs.costOfUdp(conversation),
      safety: this.#costs.safetyOfUdp(conversation),
      ...(series && { series: collected.datagrams(), throughput: collected.throughput() }),
    };
  }

  costOfCapture(): CostSheet {
    return this.#costs.costOfCapture(this.totals.ordinary);
  }

  /** What was read of our own protocol in a UDP conversation; undefined: it has none. */
  ownOfUdp(conversation: number): OwnConversation | undefined {
    return this.#costs.ownOfUdp(conversation);
  }

  /** Client and server of a conversation. */
  endpoints(protocol: 'tcp' | 'udp', conversation: number): readonly [Endpoint, Endpoint] {
    return this.#sides(this.columns[protocol], this.#pipeline[protocol], conversation)[1];
  }

  /** All of it at once, for the conversations that are wanted. */
  report(selection: Selection, wishes: ReportWishes = {}): CaptureReport {
    return {
      capture: this.facts,
      tcp: selection.tcp.map(conversation => this.tcp(conversation, wishes)),
      udp: selection.udp.map(conversation => this.udp(conversation, wishes)),
      other: this.#others.report(),
      cost: this.costOfCapture(),
    };
  }

  #sides(
    table: PlaceTable,
    conversations: Conversations,
    conversation: number,
  ): readonly [ClientSide, readonly [Endpoint, Endpoint]] {
    const ends = [0, 1].map(side => conversations.endpoint(conversation, side));
    const [low, high] = ends as [(typeof ends)[0], (typeof ends)[0]];
    const knownSide =
      table === this.columns.udp ? this.#costs.ownOfUdp(conversation)?.journal?.clientSide : undefined;
    const client: ClientSide =
      knownSide === undefined
        ? clientSideOf(this.columns, table, conversation, [low.port, high.port])
        : { side: knownSide, reason: 'init' };
    const first = client.side === 0 ? low : high;
    const second = client.side === 0 ? high : low;
    return [
      client,
      [
        { address: this.#text.of(first.address), port: first.port },
        { address: this.#text.of(second.address), port: second.port },
      ],
    ];
  }
}
