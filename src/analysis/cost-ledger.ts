/**
 * Counts what every frame costs, for its conversation: some additions a frame, in typed arrays. `cost-sheet.ts` makes sheets of it.
 */
import { LAYER } from '../wire/layers.ts';
import { type Packet, TRANSPORT } from '../wire/packet.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { COST_LAYERS, type CostSheet } from './cost.ts';
import { isFromZero, LARGEST_PACKET, SHORTEST_FRAME } from './cost-cable.ts';
import { CAUSE, type FinMemory, SegmentCauses } from './cost-cause.ts';
import { FragmentCosts } from './cost-fragments.ts';
import { COST, splitLayers } from './cost-layers.ts';
import {
  type CostMemory,
  CostRows,
  causeBytes,
  causeFrames,
  PLAIN,
  ROW_WORDS,
  TCP_BYTES,
  WORD,
  WRAP,
} from './cost-rows.ts';
import { costSheet, type OwnCost } from './cost-sheet.ts';
import { addOrdinaryCosts } from './ordinary-segments.ts';
import type { FrameSink } from './pipeline.ts';
import type { OwnConversation, OwnProtocols } from './telemetry-decode-watch.ts';

const ETHERNET = 1;
const ETHERNET_HEADER = 14;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;

export interface LedgerMemory {
  readonly rows: CostMemory;
  readonly fins: FinMemory;
}

export class CostLedger implements FrameSink {
  readonly #own: OwnProtocols;
  readonly #tcp: CostRows;
  readonly #udp = new CostRows(UDP_BYTES);
  /** Row 0: frames of no conversation. */
  readonly #rest = new CostRows(0);
  readonly #causes: SegmentCauses;
  readonly #fragments = new FragmentCosts();
  readonly #layers = new Float64Array(COST_LAYERS.length);

  /**
   * @param own takes each frame with this ledger, and no other way
   * @param memory for what is counted of TCP, where somebody else counts there, too
   */
  constructor(own: OwnProtocols, memory?: LedgerMemory) {
    this.#own = own;
    this.#tcp = new CostRows(TCP_BYTES, memory?.rows);
    this.#causes = new SegmentCauses(memory?.fins);
  }

  onFrame(frame: AnalysedFrame): void {
    const { packet } = frame;
    if (packet.isQuoted) this.#addRest(packet);
    else if (frame.hasTcp) this.#addTcp(frame);
    else if (frame.hasUdp) this.#addUdp(frame);
    else this.#addRest(packet);
  }

  /** Of all frames. @param ordinary sums of those that are known by their rows alone */
  capture(ordinary?: Float64Array): CostSheet {
    const sums = new Float64Array(ROW_WORDS);
    if (ordinary !== undefined) addOrdinaryCosts(sums, ordinary);
    const own: OwnCost = { parts: new Float64Array(0), readings: 0 };
    for (const rows of [this.#rest, this.#tcp, this.#udp]) rows.addAllTo(sums);
    let all = own;
    for (const conversation of this.#own.conversations()) all = plus(all, conversation);
    return costSheet(sums, all);
  }

  /** @param ordinary as for `capture`, of the conversation */
  ofTcp(conversation: number, ordinary?: Float64Array): CostSheet {
    const sums = new Float64Array(ROW_WORDS);
    if (ordinary !== undefined) addOrdinaryCosts(sums, ordinary);
    this.#tcp.addTo(sums, conversation);
    return costSheet(sums, ownCost(this.#own.ofTcp(conversation)));
  }

  ofUdp(conversation: number): CostSheet {
    const sums = new Float64Array(ROW_WORDS);
    this.#udp.addTo(sums, conversation);
    return costSheet(sums, ownCost(this.#own.ofUdp(conversation)));
  }

  #addTcp(frame: AnalysedFrame): void {
    const { packet, verdict } = frame;
    const { tcp } = packet;
    const row = verdict.conversation;
    const cause = this.#causes.causeOf(tcp, verdict);
    const isOwn = this.#own.takeTcp(frame);
    const isData = cause === CAUSE_DATA;
    let link: number = PLAIN.link;
    if (isPlain(packet, LAYER.tcp, tcp.headerLength, tcp.payloadLength) && tcp.isWhole) {
      const options = tcp.headerLength - TCP_BYTES;
      addPlain(this.#tcp, row, packet, cause, options, tcp.payloadLength, isData && !isOwn);
      if (!isOwn) return;
    } else {
      splitLayers(packet, this.#layers);
      link = this.#layers[COST_LINK] as number;
      this.#addFrame(this.#tcp, row, packet, cause);
    }
    const { use } = this.#own;
    const newBytes = isOwn ? use.newBytes : isData ? tcp.payloadLength : 0;
    const messages = isOwn ? use.messages : 1;
    const headers = link + networkBytes(packet) + TCP_BYTES;
    if (newBytes > 0) this.#addPayload(this.#tcp, row, newBytes, messages, messages, headers);
  }

  #addUdp(frame: AnalysedFrame): void {
    const { packet } = frame;
    const row = frame.udpPlace >>> 1;
    const isOwn = this.#own.takeUdp(frame);
    const { use } = this.#own;
    const { payloadLength } = packet.udp;
    const cause = isOwn ? use.cause : CAUSE_DATA;
    let link: number = PLAIN.link;
    if (isPlain(packet, LAYER.udp, UDP_BYTES, payloadLength)) {
      addPlain(this.#udp, row, packet, cause, 0, payloadLength, !isOwn);
      if (!isOwn) return;
    } else {
      splitLayers(packet, this.#layers);
      link = this.#layers[COST_LINK] as number;
      this.#addFrame(this.#udp, row, packet, cause);
    }
    const newBytes = isOwn ? use.newBytes : payloadLength;
    const messages = isOwn ? use.messages : newBytes > 0 ? 1 : 0;
    if (newBytes === 0 && messages === 0) return;
    const headers = link + networkBytes(packet) + UDP_BYTES;
    this.#addPayload(this.#udp, row, newBytes, messages, messages > 0 ? 1 : 0, headers);
  }

  #addRest(packet: Packet): void {
    splitLayers(packet, this.#layers);
    this.#addFrame(this.#rest, 0, packet, CAUSE.other);
    if (packet.isFragment) this.#fragments.add(packet, this.#layers, missingPadding(packet, this.#layers));
  }

  /** Adds the layers, the cause, and what is not in the capture. */
  #addFrame(rows: CostRows, row: number, packet: Packet, cause: number): void {
    const layers = this.#layers;
    for (let layer = 0; layer < LAYERS; layer++) {
      const bytes = layers[layer] as number;
      if (bytes !== 0) rows.add(row, layer, bytes);
    }
    const { length, linkType } = packet;
    rows.add(row, causeBytes(cause), length);
    rows.add(row, causeFrames(cause), 1);
    const link = layers[COST_LINK] as number;
    if (linkType !== ETHERNET) {
      rows.add(row, WORD.foreignFrames, 1);
      rows.add(row, WORD.foreignLink, link + (layers[COST_PADDING] as number));
      rows.add(row, WORD.hypotheticalFrames, 1);
    } else if (packet.capturedLength >= ETHERNET_HEADER && isFromZero(packet.bytes, packet.start))
      rows.add(row, WORD.hypotheticalFrames, 1);
    const padding = missingPadding(packet, layers);
    if (padding > 0) rows.add(row, WORD.missingPadding, padding);
    if (length - link > LARGEST_PACKET) rows.add(row, WORD.oversizedFrames, 1);
    if (packet.reassembled.length > 0) this.#addFragments(rows, row, packet, cause);
  }

  /** The other fragments of a packet that is whole now: their cost moves to the conversation. */
  #addFragments(rows: CostRows, row: number, packet: Packet, cause: number): void {
    const cost = this.#fragments.take(packet);
    if (cost !== undefined) {
      const move = (from: number, to: number, count: number): void => {
        this.#rest.add(0, from, -count);
        rows.add(row, to, count);
      };
      cost.layers.forEach((bytes, layer) => {
        move(layer, layer, bytes);
      });
      const total = cost.layers.reduce((sum, bytes) => sum + bytes, 0);
      move(causeBytes(CAUSE.other), causeBytes(cause), total);
      move(causeFrames(CAUSE.other), causeFrames(cause), cost.frames);
      move(WORD.missingPadding, WORD.missingPadding, cost.missingPadding);
    }
    this.#divideFragments(rows, row, packet, cost?.layers[COST.other] ?? 0);
  }

  /** What the fragments carried, known as `other` until now, is a transport header and payload. */
  #divideFragments(rows: CostRows, row: number, packet: Packet, before: number): void {
    const { transport, tcp, udp } = packet;
    if (transport === TRANSPORT.none) return;
    const isTcp = transport === TRANSPORT.tcp;
    let left = before + (this.#layers[COST.other] as number);
    const move = (layer: number, bytes: number): void => {
      const moved = Math.min(bytes, left);
      left -= moved;
      rows.add(row, layer, moved);
      rows.add(row, COST.other, -moved);
    };
    move(COST.transport, isTcp ? TCP_BYTES : UDP_BYTES);
    if (isTcp) move(COST_TRANSPORT_OPTIONS, Math.max(tcp.headerLength - TCP_BYTES, 0));
    move(COST_PAYLOAD, isTcp ? tcp.payloadLength : udp.payloadLength);
  }

  #addPayload(
    rows: CostRows,
    row: number,
    newBytes: number,
    messages: number,
    carriers: number,
    headers: number,
  ): void {
    rows.add(row, WORD.newPayload, newBytes);
    rows.add(row, WORD.messages, messages);
    if (carriers === 0) return;
    rows.add(row, WORD.carriers, carriers);
    rows.add(row, WORD.headers, headers);
  }
}

const LAYERS: number = COST_LAYERS.length;
const COST_LINK: number = COST.link;
const COST_PADDING: number = COST.padding;
const COST_TRANSPORT_OPTIONS: number = COST.transportOptions;
const COST_PAYLOAD: number = COST.payload;
const CAUSE_DATA: number = CAUSE.data;

/** The smallest header of the innermost IP packet. */
function networkBytes({ family }: Packet): number {
  return family === 6 ? IPV6_BYTES : IPV4_BYTES;
}

/** Bytes that a frame is filled up with on Ethernet, after it was captured. */
function missingPadding({ linkType, length }: Packet, layers: Float64Array): number {
  const onEthernet =
    linkType === ETHERNET
      ? length
      : ETHERNET_HEADER + length - (layers[COST_LINK] as number) - (layers[COST_PADDING] as number);
  return onEthernet < SHORTEST_FRAME ? SHORTEST_FRAME - onEthernet : 0;
}

/** Ethernet of 14 bytes, IPv4 of 20, TCP or UDP, payload, and nothing else. */
function isPlain(packet: Packet, kind: number, headerLength: number, payloadLength: number): boolean {
  const { length, start } = packet;
  if (packet.isPlain) return PLAIN.link + PLAIN.network + headerLength + payloadLength === length;
  const { layerKinds, layerStarts } = packet;
  const header = start + PLAIN.link + PLAIN.network;
  return (
    layerKinds[3] === kind &&
    layerKinds[2] === LAYER.ipv4 &&
    layerKinds[1] === LAYER.etherType &&
    layerKinds[0] === LAYER.ethernet &&
    layerStarts[3] === header &&
    packet.linkType === ETHERNET &&
    packet.reassembled.length === 0 &&
    packet.outerUdpCount === 0 &&
    header + headerLength + payloadLength === start + length
  );
}

/** The common case, with as few additions as it takes: the headers follow from the number of such frames. */
function addPlain(
  rows: CostRows,
  row: number,
  { length, bytes, start }: Packet,
  cause: number,
  options: number,
  payloadLength: number,
  isNew: boolean,
): void {
  const words = rows.blockOf(row);
  const at = rows.offsetOf(row);
  const bytesWord = causeBytes(cause);
  let sum = (words[at + bytesWord] as number) + length;
  if (sum < WRAP) words[at + bytesWord] = sum;
  else rows.carry(row, bytesWord, sum);
  words[at + bytesWord + 1] = (words[at + bytesWord + 1] as number) + 1;
  words[at + WORD.plainFrames] = (words[at + WORD.plainFrames] as number) + 1;
  if (options > 0) {
    sum = (words[at + COST_TRANSPORT_OPTIONS] as number) + options;
    if (sum < WRAP) words[at + COST_TRANSPORT_OPTIONS] = sum;
    else rows.carry(row, COST_TRANSPORT_OPTIONS, sum);
  }
  if (payloadLength > 0) {
    sum = (words[at + COST_PAYLOAD] as number) + payloadLength;
    if (sum < WRAP) words[at + COST_PAYLOAD] = sum;
    else rows.carry(row, COST_PAYLOAD, sum);
    if (isNew) {
      sum = (words[at + WORD.newPayload] as number) + payloadLength;
      if (sum < WRAP) words[at + WORD.newPayload] = sum;
      else rows.carry(row, WORD.newPayload, sum);
      words[at + WORD.plainCarriers] = (words[at + WORD.plainCarriers] as number) + 1;
    }
  }
  if (isFromZero(bytes, start))
    words[at + WORD.hypotheticalFrames] = (words[at + WORD.hypotheticalFrames] as number) + 1;
  if (length < SHORTEST_FRAME) rows.add(row, WORD.missingPadding, SHORTEST_FRAME - length);
  else if (length > ETHERNET_HEADER + LARGEST_PACKET) rows.add(row, WORD.oversizedFrames, 1);
}

/** What our own protocols say of a conversation. */
function ownCost(own: OwnConversation | undefined): OwnCost {
  return plus({ parts: new Float64Array(0), readings: 0 }, own);
}

function plus(cost: OwnCost, own: OwnConversation | undefined): OwnCost {
  if (own === undefined) return cost;
  const parts = own.counts.parts.map((bytes, part) => bytes + (cost.parts[part] ?? 0));
  return { parts, readings: cost.readings + own.counts.readings };
}
