/**
 * How the bytes of a frame divide into layers: every byte of its length on the wire belongs to exactly one.
 */
import { LAYER } from '../wire/layers.ts';
import { type Packet, TRANSPORT } from '../wire/packet.ts';
import { COST_LAYERS, type CostLayer } from './cost.ts';

/** Index of each layer in `COST_LAYERS`. */
export const COST: Readonly<Record<CostLayer, number>> = Object.fromEntries(
  COST_LAYERS.map((layer, index) => [layer, index]),
) as Record<CostLayer, number>;

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;

/** Which layer the header of each kind counts as; link where nothing else is said. */
const LAYER_OF_KIND: Uint8Array = (() => {
  const table = new Uint8Array(1 + Math.max(...Object.values(LAYER))).fill(COST.link);
  for (const kind of [LAYER.ipv4, LAYER.ipv6, LAYER.gre, LAYER.arp, LAYER.icmp, LAYER.icmpv6])
    table[kind] = COST.network;
  for (const kind of [
    LAYER.ipv6HopByHop,
    LAYER.ipv6Routing,
    LAYER.ipv6Fragment,
    LAYER.ipv6Destination,
    LAYER.authentication,
  ]) {
    table[kind] = COST.networkOptions;
  }
  table[LAYER.tcp] = COST.transport;
  table[LAYER.udp] = COST.transport;
  table[LAYER.loopbackTest] = COST.other;
  return table;
})();

/**
 * Writes a frame's bytes by layer into `into`, which has COST_LAYERS.length numbers. Their sum is `packet.length`.
 *
 * What an ICMP error quotes is `other`, and so are parts of fragmented packets; `application` is left 0.
 */
export function splitLayers(packet: Packet, into: Float64Array): void {
  into.fill(0);
  const { layerCount, layerKinds, layerStarts, layerEnds, layerLimits, layerSources } = packet;
  let at = packet.start;
  let end = at + packet.length;
  let isRead = false;
  for (let index = 0; index < layerCount && layerSources[index] === 0; index++) {
    const kind = layerKinds[index] as number;
    const limit = layerLimits[index] as number;
    if (limit < end && limit >= at) end = cut(into, limit, end);
    if (kind === LAYER.data) break;
    const start = Math.min(Math.max(layerStarts[index] as number, at), end);
    add(into, COST.other, start - at);
    const isTcp = kind === LAYER.tcp && isInnermost(packet, index);
    const length = isTcp ? packet.tcp.headerLength : (layerEnds[index] as number) - start;
    at = Math.min(start + Math.max(length, 0), end);
    divide(into, kind, at - start);
    if (kind === LAYER.ipv4 || kind === LAYER.ipv6) {
      const ipEnd = endOfIp(packet, start, at, kind);
      if (ipEnd >= at && ipEnd < end) end = cut(into, ipEnd, end);
    }
    isRead = (isTcp || kind === LAYER.udp) && isInnermost(packet, index);
    if (isRead || kind === LAYER.icmp || kind === LAYER.icmpv6) break;
  }
  const rest = end - at;
  if (!isRead) return add(into, COST.other, rest);
  const payload = Math.min(
    rest,
    packet.transport === TRANSPORT.tcp ? packet.tcp.payloadLength : packet.udp.payloadLength,
  );
  add(into, COST.payload, payload);
  add(into, COST.padding, rest - payload);
}

/** The layer is the TCP or UDP header that the packet was read up to. */
function isInnermost(packet: Packet, index: number): boolean {
  const { transport } = packet;
  if (transport === TRANSPORT.none || packet.isQuoted || packet.transportBytes !== packet.bytes) return false;
  const start = transport === TRANSPORT.tcp ? packet.tcp.start : packet.udp.start;
  return packet.layerStarts[index] === start && packet.layerKinds[index] === kindOf(transport);
}

function kindOf(transport: number): number {
  return transport === TRANSPORT.tcp ? LAYER.tcp : LAYER.udp;
}

function divide(into: Float64Array, kind: number, length: number): void {
  const least = kind === LAYER.ipv4 ? IPV4_BYTES : kind === LAYER.tcp ? TCP_BYTES : length;
  const plain = Math.min(length, least);
  add(into, LAYER_OF_KIND[kind] as number, plain);
  add(into, kind === LAYER.tcp ? COST.transportOptions : COST.networkOptions, length - plain);
}

/** Where an IP packet says that it ends; 0 where it does not say, or was cut before. */
function endOfIp({ bytes }: Packet, start: number, headerEnd: number, kind: number): number {
  const isVersion4 = kind === LAYER.ipv4;
  if (headerEnd - start < (isVersion4 ? IPV4_BYTES : IPV6_BYTES)) return 0;
  const field = start + (isVersion4 ? 2 : 4);
  const length = ((bytes[field] as number) << 8) | (bytes[field + 1] as number);
  if (length === 0) return 0;
  return start + length + (isVersion4 ? 0 : IPV6_BYTES);
}

/** What lies behind `limit` is padding. */
function cut(into: Float64Array, limit: number, end: number): number {
  add(into, COST.padding, end - limit);
  return limit;
}

function add(into: Float64Array, layer: number, bytes: number): void {
  into[layer] = (into[layer] as number) + bytes;
}
