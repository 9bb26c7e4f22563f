/**
 * From the records of a capture to analysed frames: dissection, conversations, TCP analysis. The same for files, standard
 * input and live captures. Nothing is allocated for a packet, and nothing kept but what conversations need.
 */
import { doubled } from '../flows/address-book.ts';
import { Conversations } from '../flows/conversations.ts';
import { TcpAnalysis, type TcpAnalysisOptions } from '../flows/tcp-analysis.ts';
import type { TcpVerdict } from '../flows/tcp-verdict.ts';
import type { PacketRecord } from '../pcap/packet-record.ts';
import type { RecordSink } from '../pcap/record-sink.ts';
import { Dissector } from '../wire/dissector.ts';
import { LINK_TYPE } from '../wire/link-types.ts';
import { type Packet, TRANSPORT } from '../wire/packet.ts';
import { TcpHeader } from '../wire/tcp-header.ts';
import { AnalysedFrame } from './analysed-frame.ts';
import { FLAGS_MASK, FLAGS_SHIFT, ROW } from './columns-chunk.ts';

const FIRST_FLOWS = 256;
/** Of a plain segment at least; more makes no difference to its analysis. */
const PLAIN_HEADER = 20;

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
  readonly #rowHeader = new TcpHeader();
  /** Number plus 1 of the conversation of each of the feeder's flows; 0: not looked up yet. */
  #conversationOf: Int32Array<ArrayBuffer> = new Int32Array(FIRST_FLOWS);

  constructor(sink: FrameSink, options: TcpAnalysisOptions) {
    this.#sink = sink;
    this.#analysis = new TcpAnalysis(this.tcp, options);
    this.#frame.verdict = this.#analysis.verdict;
    this.#rowHeader.headerLength = PLAIN_HEADER;
  }

  /** Frames so far. */
  get count(): number {
    return this.#count;
  }

  /** IP packets whose fragments were given up, because there were too many of them. */
  get abandonedFragments(): number {
    return this.#dissector.abandonedFragments;
  }

  /**
   * Judges the next frame by its row, which `RowFeeder` has begun: a plain segment.
   * @param bytes hold the frame from `start` on
   */
  judgeRow(words: Int32Array, at: number, bytes: Uint8Array, start: number): TcpVerdict {
    const header = this.#rowHeader;
    header.flags = (words[at + ROW.bits]! >>> FLAGS_SHIFT) & FLAGS_MASK;
    header.sequence = words[at + ROW.sequence]!;
    header.acknowledgment = words[at + ROW.acknowledgment]!;
    header.payloadLength = words[at + ROW.payload]!;
    header.window = words[at + ROW.window]!;
    const place = this.#placeOfFlow(words[at + ROW.place]!, bytes, start, words[at + ROW.length]!);
    return this.#analysis.analyse(header, ++this.#count, words[at]!, words[at + 1]!, place);
  }

  /** Gives the frame that was judged last to the sink. */
  giveRow(words: Int32Array, at: number, bytes: Uint8Array, start: number): void {
    this.dissectRow(words, at, bytes, start);
    const frame = this.#frame;
    frame.hasTcp = true;
    frame.hasUdp = false;
    this.#sink.onFrame(frame);
  }

  /** The packet of the frame that was judged last; written again for the next. */
  dissectRow(words: Int32Array, at: number, bytes: Uint8Array, start: number): Packet {
    const { packet } = this.#frame;
    packet.number = this.#count;
    packet.seconds = words[at]!;
    packet.nanoseconds = words[at + 1]!;
    packet.hasTime = true;
    const length = words[at + ROW.length]!;
    this.#dissector.dissect(bytes, start, length, length, LINK_TYPE.ethernet, packet);
    return packet;
  }

  /** The place of a plain segment. @param flow its place by addresses and ports alone, as the feeder counts */
  #placeOfFlow(flow: number, bytes: Uint8Array, start: number, length: number): number {
    const known = this.#conversationOf[flow >>> 1] ?? 0;
    if (known > 0) {
      const newest = this.tcp.newest(known - 1);
      return 2 * newest + (flow & 1);
    }
    const { packet } = this.#frame;
    this.#dissector.dissect(bytes, start, length, length, LINK_TYPE.ethernet, packet);
    const place = placeOf(this.tcp, packet, packet.tcp.sourcePort, packet.tcp.destinationPort);
    const index = flow >>> 1;
    if (index >= this.#conversationOf.length) this.#conversationOf = doubled(this.#conversationOf);
    this.#conversationOf[index] = (place >>> 1) + 1;
    return place;
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
