/**
 * From the records of a capture to analysed frames: dissection, conversations, TCP analysis. The same for files, standard
 * input and live captures. Nothing is allocated for a packet, and nothing kept but what conversations need.
 */
import { Conversations } from '../flows/conversations.ts';
import { TcpAnalysis, type TcpAnalysisOptions } from '../flows/tcp-analysis.ts';
import type { PacketRecord } from '../pcap/packet-record.ts';
import type { RecordSink } from '../pcap/record-sink.ts';
import { Dissector } from '../wire/dissector.ts';
import { TRANSPORT } from '../wire/packet.ts';
import { AnalysedFrame } from './analysed-frame.ts';

/** Takes frames in the order of the capture. */
export interface FrameSink {
  /** The frame is written again after this returns. */
  onFrame(frame: AnalysedFrame): void;
}

export class Pipeline implements RecordSink {
  readonly tcp: Conversations = new Conversations();
  readonly udp: Conversations = new Conversations();
  readonly #dissector = new Dissector();
  readonly #analysis: TcpAnalysis;
  readonly #sink: FrameSink;
  readonly #frame = new AnalysedFrame();
  #count = 0;

  constructor(sink: FrameSink, options: TcpAnalysisOptions) {
    this.#sink = sink;
    this.#analysis = new TcpAnalysis(this.tcp, options);
    this.#frame.verdict = this.#analysis.verdict;
  }

  /** Frames so far. */
  get count(): number {
    return this.#count;
  }

  /** IP packets whose fragments were given up, because there were too many of them. */
  get abandonedFragments(): number {
    return this.#dissector.abandonedFragments;
  }

  /** Goes on after frames that were analysed elsewhere, in the same memory. */
  skipTo(count: number): void {
    this.#count = count;
  }

  onPacket(record: PacketRecord): void {
    const frame = this.#frame;
    const { packet } = frame;
    packet.number = ++this.#count;
    packet.seconds = record.seconds;
    packet.nanoseconds = record.nanoseconds;
    packet.hasTime = record.hasTime;
    this.#dissector.dissect(
      record.bytes,
      record.start,
      record.capturedLength,
      record.length,
      record.linkType,
      packet,
    );
    const { transport } = packet;
    frame.hasTcp = transport === TRANSPORT.tcp;
    frame.hasUdp = transport === TRANSPORT.udp;
    if (packet.outerUdpCount > 0) this.#placeOuter(frame);
    if (frame.hasTcp) {
      const { tcp } = packet;
      const place = placeOf(this.tcp, packet, tcp.sourcePort, tcp.destinationPort);
      this.#analysis.analyse(tcp, packet.number, record.seconds, record.nanoseconds, place);
    } else if (frame.hasUdp) {
      frame.udpPlace = placeOf(this.udp, packet, packet.udp.sourcePort, packet.udp.destinationPort);
    }
    this.#sink.onFrame(frame);
  }

  #placeOuter({ packet, outerUdpPlaces }: AnalysedFrame): void {
    for (let index = 0; index < packet.outerUdpCount; index++) {
      const outer = packet.outerUdps[index];
      if (outer === undefined) return;
      outerUdpPlaces[index] = placeOf(this.udp, outer, outer.udp.sourcePort, outer.udp.destinationPort);
    }
  }
}

/** What `Packet` and `OuterDatagram` have in common. */
interface Addressed {
  readonly family: 0 | 4 | 6;
  readonly addressBytes: Uint8Array;
  readonly sourceAddress: number;
  readonly destinationAddress: number;
  readonly sourceIpv4: number;
  readonly destinationIpv4: number;
}

function placeOf(
  conversations: Conversations,
  packet: Addressed,
  sourcePort: number,
  destinationPort: number,
): number {
  if (packet.family === 4) {
    return conversations.placeOfIpv4(packet.sourceIpv4, packet.destinationIpv4, sourcePort, destinationPort);
  }
  const { addressBytes, sourceAddress, destinationAddress } = packet;
  return conversations.placeOfIpv6(
    addressBytes,
    sourceAddress,
    destinationAddress,
    sourcePort,
    destinationPort,
  );
}
