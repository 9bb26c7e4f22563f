/**
 * The fields `ip.*` and `ipv6.*`: one value for each such header, outermost first, with commas between them. A header
 * that was read only in part (`Packet.layerEnds`) has only the values that are in that part.
 */
import { findRoute, ROUTE_CUT_OFF } from '../wire/ipv4-options.ts';
import { LAYER, type LayerKind } from '../wire/layers.ts';
import type { Packet } from '../wire/packet.ts';
import { COMMA, type FieldWriter } from './field-writer.ts';
import { putIpv4, putIpv6 } from './text-addresses.ts';
import { putDecimal, putSmall } from './text-bytes.ts';

const IPV4_LENGTH = 20;
/** First byte of an IPv4 header without options. */
const PLAIN_HEADER = 0x45;
/** Where in it protocol and source are. */
const PROTOCOL = 9;
const SOURCE = 12;
const IPV6_LENGTH = 40;

/** Writes the value of the header that starts at `bytes[start]`. */
type HeaderWriter = (
  out: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  packet: Packet,
  layer: number,
) => number;

/** @param needed bytes of the header that must be there */
export function forEach(kind: LayerKind, needed: number, write: HeaderWriter): FieldWriter {
  return (out, at, { packet }) => {
    const { layerCount, layerKinds, layerStarts, layerEnds } = packet;
    let position = at;
    for (let layer = 0; layer < layerCount; layer++) {
      if (layerKinds[layer] !== kind) continue;
      const start = layerStarts[layer] as number;
      if ((layerEnds[layer] as number) - start < needed) continue;
      if (position !== at) out[position++] = COMMA;
      position = write(out, position, packet.bytesOf(layer), start, packet, layer);
    }
    return position;
  };
}

const ipSources: FieldWriter = forEach(LAYER.ipv4, 16, (out, at, bytes, start) =>
  putIpv4(out, at, bytes, start + 12),
);

/** With a source route that is not at its end, tshark shows the last address of that, if it is whole. */
const ipDestinations: FieldWriter = forEach(
  LAYER.ipv4,
  IPV4_LENGTH,
  (out, at, bytes, start, packet, layer) => {
    const end = packet.layerEnds[layer] as number;
    const route = findRoute(bytes, start, end);
    if (route === 0) return putIpv4(out, at, bytes, start + 16);
    const isWhole = end - start === ((bytes[start] as number) & 15) << 2;
    if (route === ROUTE_CUT_OFF || !isWhole) return at;
    const length = bytes[start + route + 1] as number;
    return length % 4 === 3 ? putIpv4(out, at, bytes, start + route + length - 4) : at;
  },
);

const ipProtocols: FieldWriter = forEach(LAYER.ipv4, 10, (out, at, bytes, start) =>
  putDecimal(out, at, bytes[start + 9] as number),
);

/** As nearly all frames: there is one IP header, a whole one of IPv4, without options. */
function isPlain({ ipCount, family, addressBytes, sourceAddress }: Packet): boolean {
  return ipCount === 1 && family === 4 && addressBytes[sourceAddress - SOURCE] === PLAIN_HEADER;
}

export const ipSource: FieldWriter = (out, at, frame) => {
  const { packet } = frame;
  return isPlain(packet)
    ? putIpv4(out, at, packet.addressBytes, packet.sourceAddress)
    : ipSources(out, at, frame);
};
export const ipDestination: FieldWriter = (out, at, frame) => {
  const { packet } = frame;
  return isPlain(packet)
    ? putIpv4(out, at, packet.addressBytes, packet.destinationAddress)
    : ipDestinations(out, at, frame);
};
export const ipProtocol: FieldWriter = (out, at, frame) => {
  const { packet } = frame;
  if (!isPlain(packet)) return ipProtocols(out, at, frame);
  return putSmall(out, at, packet.addressBytes[packet.sourceAddress - SOURCE + PROTOCOL] as number);
};

/** 0 stands for a length that the network card would have written: all the room there was. */
export const ipLength: FieldWriter = forEach(LAYER.ipv4, 4, (out, at, bytes, start, packet, layer) => {
  const length = u16(bytes, start + 2);
  return putDecimal(out, at, length === 0 ? (packet.layerLimits[layer] as number) - start : length);
});

export const ipv6Source: FieldWriter = forEach(LAYER.ipv6, 24, (out, at, bytes, start) =>
  putIpv6(out, at, bytes, start + 8),
);

export const ipv6Destination: FieldWriter = forEach(LAYER.ipv6, IPV6_LENGTH, (out, at, bytes, start) =>
  putIpv6(out, at, bytes, start + 24),
);

/** tshark reads the next header before it shows the length. */
export const ipv6Next: FieldWriter = forEach(LAYER.ipv6, 7, (out, at, bytes, start) =>
  putDecimal(out, at, bytes[start + 6] as number),
);

export const ipv6Length: FieldWriter = forEach(LAYER.ipv6, 7, (out, at, bytes, start) =>
  putDecimal(out, at, u16(bytes, start + 4)),
);

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
