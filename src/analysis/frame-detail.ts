/**
 * One frame in full: every header with every field, what the payload says, and what the TCP analysis says of it. The frames
 * before it are looked at, too: for the conversation, and for the telemetry that goes on in it.
 */
import { linkTypeName } from '../pcap/link-types.ts';
import { LAYER } from '../wire/layers.ts';
import { type Packet, TRANSPORT } from '../wire/packet.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { tcpFacts, transportFacts } from './frame-detail-analysis.ts';
import { addressText, HeaderReader, hardwareText } from './frame-detail-header.ts';
import { detailOfKind } from './frame-detail-layers.ts';
import type { DetailLayer, DetailSource, FrameDetail } from './frame-detail-model.ts';
import { PayloadDetail } from './frame-detail-payload.ts';
import { TCP_FLAG_NAMES, tcpFields, udpFields } from './frame-detail-tcp.ts';
import type { FrameSink } from './pipeline.ts';
import { PROTOCOL_NAMES } from './protocol-names.ts';

export class FrameDetails implements FrameSink {
  /** Once the frame has come. */
  detail: FrameDetail | undefined = undefined;
  readonly #wanted: number;
  readonly #payload = new PayloadDetail();
  #count = 0;
  readonly #first = { seconds: 0, nanoseconds: 0 };
  readonly #previous = { seconds: 0, nanoseconds: 0 };

  /** @param wanted the number of the frame */
  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** Frames that have come. */
  get count(): number {
    return this.#count;
  }

  onFrame(frame: AnalysedFrame): void {
    const { packet } = frame;
    this.#count = packet.number;
    if (this.detail !== undefined) return;
    if (packet.number === 1) copyTime(packet, this.#first, this.#previous);
    if (packet.number === this.#wanted) this.detail = this.#detailOf(frame);
    else this.#payload.pass(frame);
    copyTime(packet, this.#previous);
  }

  #detailOf(frame: AnalysedFrame): FrameDetail {
    const { packet } = frame;
    const { seconds, nanoseconds, start, capturedLength } = packet;
    const sources: DetailSource[] = [
      { title: 'the frame', bytes: packet.bytes.slice(start, start + capturedLength) },
      ...packet.reassembled.map(bytes => ({
        title: 'an IP packet of several fragments',
        bytes: bytes.slice(),
      })),
    ];
    const headers = headerLayers(frame);
    const payload = this.#payload.layersOf(frame, sources);
    return {
      frame: packet.number,
      time: packet.hasTime ? { seconds, nanoseconds } : null,
      sinceFirstNs: elapsed(this.#first, packet),
      sincePreviousNs: elapsed(this.#previous, packet),
      length: packet.length,
      capturedLength,
      linkType: linkTypeName(packet.linkType),
      conversation: frame.hasTcp
        ? { protocol: 'tcp', stream: frame.verdict.conversation }
        : frame.hasUdp
          ? { protocol: 'udp', stream: frame.udpPlace >>> 1 }
          : null,
      sources,
      layers: [...headers, ...payload, ...paddingLayer(packet, headers)],
      ...tcpFacts(frame),
      notes: notesOf(packet),
    };
  }
}

function copyTime(packet: Packet, ...into: { seconds: number; nanoseconds: number }[]): void {
  for (const time of into) {
    time.seconds = packet.seconds;
    time.nanoseconds = packet.nanoseconds;
  }
}

function elapsed(from: { readonly seconds: number; readonly nanoseconds: number }, to: Packet): number {
  return (to.seconds - from.seconds) * 1e9 + (to.nanoseconds - from.nanoseconds);
}

function headerLayers(frame: AnalysedFrame): DetailLayer[] {
  const { packet } = frame;
  const layers: DetailLayer[] = [];
  for (let index = 0; index < packet.layerCount; index++) {
    const kind = packet.layerKinds[index] as number;
    const isPayload = kind === LAYER.data && packet.transport !== TRANSPORT.none;
    const source = packet.layerSources[index] as number;
    const from = packet.layerStarts[index] as number;
    const to = packet.layerEnds[index] as number;
    if (isPayload || to <= from) continue;
    const base = source === 0 ? packet.start : 0;
    const { title, purpose, tone, read } = detailOfKind(kind);
    const header = new HeaderReader(packet.bytesOf(index), from, to, base);
    if (kind === LAYER.tcp) tcpFields(header, transportFacts(frame, index));
    else if (kind === LAYER.udp) udpFields(header, transportFacts(frame, index));
    else read?.(header);
    const [start, end] = [from - base, to - base];
    layers.push({
      title,
      name: PROTOCOL_NAMES[kind] ?? null,
      purpose,
      tone,
      summary: summaryOf(kind, header),
      source,
      start,
      end,
      places: source === 0 ? [{ frame: packet.number, start, end }] : [],
      fields: header.tree.fields,
    });
  }
  return layers;
}

function summaryOf(kind: number, header: HeaderReader): string {
  switch (kind) {
    case LAYER.ethernet:
      return header.has(0, 12)
        ? `${hardwareText(header.slice(6, 6))} → ${hardwareText(header.slice(0, 6))}`
        : '';
    case LAYER.ipv4:
      return header.has(0, 20)
        ? `${addressText(header.slice(12, 4))} → ${addressText(header.slice(16, 4))}`
        : '';
    case LAYER.ipv6:
      return header.has(0, 40)
        ? `${addressText(header.slice(8, 16))} → ${addressText(header.slice(24, 16))}`
        : '';
    case LAYER.tcp: {
      const flags = TCP_FLAG_NAMES.filter(([bit]) => (header.u16(12) & bit) !== 0).map(([, name]) => name);
      return header.has(0, 14) ? `${header.u16(0)} → ${header.u16(2)}, ${flags.join(' ')}` : '';
    }
    case LAYER.udp:
      return header.has(0, 4) ? `${header.u16(0)} → ${header.u16(2)}` : '';
    default:
      return '';
  }
}

/** What the frame has behind the last packet in it. */
function paddingLayer(packet: Packet, headers: readonly DetailLayer[]): DetailLayer[] {
  const isInFrame = packet.transport !== TRANSPORT.none && packet.transportBytes === packet.bytes;
  const end = isInFrame && packet.payloadEnd > 0 ? packet.payloadEnd - packet.start : Infinity;
  if (headers.length === 0 || end >= packet.capturedLength) return [];
  return [
    {
      title: 'Padding',
      name: null,
      purpose: 'behind the end of the packet: fills a short frame up, or was added on the way',
      tone: 'padding',
      summary: '',
      source: 0,
      start: end,
      end: packet.capturedLength,
      places: [{ frame: packet.number, start: end, end: packet.capturedLength }],
      fields: [],
    },
  ];
}

function notesOf(packet: Packet): string[] {
  const notes: string[] = [];
  const { length, capturedLength, isMalformed, isCutShort, isFragment, isQuoted, reassembled } = packet;
  if (capturedLength < length)
    notes.push(`Only the first ${capturedLength} of its ${length} bytes are in the capture.`);
  if (isMalformed)
    notes.push('A header contradicts itself, or ends too early: what stands behind it is not read.');
  if (isCutShort) notes.push('The capture has less than the headers need.');
  if (isFragment)
    notes.push('It is a fragment of an IP packet: what it carries is read with the last of them.');
  if (reassembled.length > 0) notes.push('It completes an IP packet of several fragments.');
  if (isQuoted) notes.push('The innermost packet is quoted: it is what the ICMP message is about.');
  return notes;
}
