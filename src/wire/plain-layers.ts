/** The layers of a plain segment (`plain-segment.ts`), written when somebody asks for them: they follow from its TCP header. */
import { LAYER } from './layers.ts';

const ETHERNET_LENGTH = 14;
const KINDS = [LAYER.ethernet, LAYER.etherType, LAYER.ipv4, LAYER.tcp, LAYER.data] as const;
/** From here on layers end with the packet; before, padding of the frame belongs to them. */
const FIRST_IN_PACKET = 3;

/** Arrays of `Packet`. */
export interface Layers {
  readonly kinds: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly limits: Float64Array;
  readonly sources: Uint8Array;
}

export function writePlainLayers(
  layers: Layers,
  count: number,
  start: number,
  length: number,
  tcpStart: number,
  payloadStart: number,
  payloadEnd: number,
): void {
  const network = start + ETHERNET_LENGTH;
  const borders = [start, network, network, tcpStart, payloadStart, payloadEnd];
  for (let layer = 0; layer < count; layer++) {
    layers.kinds[layer] = KINDS[layer] as number;
    layers.starts[layer] = borders[layer] as number;
    layers.ends[layer] = borders[layer + 1] as number;
    layers.limits[layer] = layer < FIRST_IN_PACKET ? start + length : payloadEnd;
    layers.sources[layer] = 0;
  }
}
