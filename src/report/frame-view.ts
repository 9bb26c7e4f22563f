/** One frame with its bytes and layers, for the report's frame in detail: kept from a second look at the capture. */
import type { AnalysedFrame } from '../analysis/analysed-frame.ts';
import type { DetailLayer } from '../analysis/frame-detail-model.ts';
import { PayloadDetail } from '../analysis/frame-detail-payload.ts';
import type { FrameSink } from '../analysis/pipeline.ts';
import { LAYER } from '../wire/layers.ts';
import type { Packet } from '../wire/packet.ts';
import { type FrameField, fieldsOf } from './frame-fields.ts';
import { MOST_DUMP_BYTES } from './limits.ts';

export interface FrameView {
  readonly frame: number;
  /** On the wire. */
  readonly length: number;
  readonly capturedLength: number;
  /** The first MOST_DUMP_BYTES of what was captured. */
  readonly bytes: Uint8Array;
  readonly layers: readonly FrameLayer[];
  /** What the payload is made of, where it is a protocol of our own; its bytes are those of the payload. */
  readonly inside: readonly FrameLayer[];
}

/** Bytes `start` to `end` − 1 of the frame. */
export interface FrameLayer {
  readonly name: string;
  /** What the layer is for. */
  readonly purpose: string;
  /** Class of its colour: the same as in the cost sheet. */
  readonly tone: string;
  readonly start: number;
  readonly end: number;
  readonly fields: readonly FrameField[];
}

/** Keeps the frames that are wanted, and nothing of the others. */
export class FrameViews implements FrameSink {
  readonly views: Map<number, FrameView> = new Map();
  readonly #wanted: ReadonlySet<number>;
  readonly #onLast: () => void;
  readonly #payload = new PayloadDetail();

  /** @param onLast is called when all of them are there */
  constructor(wanted: readonly number[], onLast: () => void = () => undefined) {
    this.#wanted = new Set(wanted);
    this.#onLast = onLast;
  }

  onFrame(frame: AnalysedFrame): void {
    const { packet } = frame;
    // What goes on in a conversation of ours is known from all its frames.
    if (!this.#wanted.has(packet.number)) return this.#payload.pass(frame);
    this.views.set(packet.number, viewOf(packet, this.#payload.layersOf(frame, [])));
    if (this.views.size === this.#wanted.size) this.#onLast();
  }
}

/** Names of our own protocols, as the dissector has them. */
const OURS: ReadonlySet<string> = new Set(['sensewire', 'swrudp']);
/** Fields of one header or message of ours. */
const MOST_FIELDS = 16;

interface LayerName {
  readonly name: string;
  readonly purpose: string;
  readonly tone: string;
}

const LINK = { tone: 'layer-link' };
const NETWORK = { tone: 'layer-network' };
const TRANSPORT = { tone: 'layer-transport' };

const NAMES: ReadonlyMap<number, LayerName> = new Map<number, LayerName>([
  [LAYER.ethernet, { name: 'Ethernet', purpose: 'to the next station of the same network', ...LINK }],
  [LAYER.vlan, { name: 'VLAN tag', purpose: 'which of several networks on one cable', ...LINK }],
  [LAYER.serviceVlan, { name: 'service VLAN tag', purpose: 'which customer of a provider', ...LINK }],
  [LAYER.mpls, { name: 'MPLS', purpose: 'a label for switching', ...LINK }],
  [LAYER.pppoeSession, { name: 'PPPoE', purpose: 'a dial-up session over Ethernet', ...LINK }],
  [LAYER.ppp, { name: 'PPP', purpose: 'one link between two points', ...LINK }],
  [LAYER.llc, { name: 'LLC', purpose: 'which protocol follows', ...LINK }],
  [LAYER.nullLoopback, { name: 'loopback', purpose: 'within one machine', ...LINK }],
  [
    LAYER.linuxCooked,
    { name: 'Linux cooked capture', purpose: 'what the system says in place of a link header', ...LINK },
  ],
  [LAYER.ipv4, { name: 'IPv4', purpose: 'from host to host, across networks', ...NETWORK }],
  [LAYER.ipv6, { name: 'IPv6', purpose: 'from host to host, across networks', ...NETWORK }],
  [LAYER.gre, { name: 'GRE', purpose: 'a tunnel', ...NETWORK }],
  [LAYER.tcp, { name: 'TCP', purpose: 'from program to program: a stream without gaps', ...TRANSPORT }],
  [LAYER.udp, { name: 'UDP', purpose: 'from program to program: single datagrams', ...TRANSPORT }],
]);
const PAYLOAD: LayerName = {
  name: 'Payload',
  purpose: 'what the program gave to its socket',
  tone: 'layer-payload',
};
const REST: LayerName = { name: 'Padding', purpose: 'fills the frame up to 60 bytes', tone: 'layer-padding' };

/** Headers and messages of our own protocols, with the fields that have bytes of their own. */
function insideOf(details: readonly DetailLayer[]): FrameLayer[] {
  return details
    .filter(({ name, source }) => source === 0 && name !== null && OURS.has(name))
    .map(({ title, purpose, start, end, fields }) => ({
      name: title,
      purpose,
      tone: 'layer-application',
      start,
      end,
      fields: fields
        .filter(field => field.value !== '')
        .slice(0, MOST_FIELDS)
        .map(field => ({ name: field.label, value: field.value, start: field.start, end: field.end })),
    }));
}

function viewOf(packet: Packet, details: readonly DetailLayer[]): FrameView {
  const { start, capturedLength, length, number, layerCount } = packet;
  const captured = packet.bytes.subarray(start, start + capturedLength);
  const layers: FrameLayer[] = [];
  for (let layer = 0; layer < layerCount; layer++) {
    const [from, to] = [packet.layerStarts[layer]! - start, packet.layerEnds[layer]! - start];
    const kind = packet.layerKinds[layer]!;
    if (packet.layerSources[layer] !== 0 || to <= from || kind === LAYER.data) continue;
    const name = NAMES.get(kind) ?? { name: 'another header', purpose: '', ...LINK };
    layers.push({ ...name, start: from, end: to, fields: fieldsOf(kind, captured.subarray(from, to), from) });
  }
  if (packet.transportBytes === packet.bytes && packet.payloadEnd > packet.payloadStart) {
    layers.push({
      ...PAYLOAD,
      start: packet.payloadStart - start,
      end: packet.payloadEnd - start,
      fields: [],
    });
  }
  const end = layers.at(-1)?.end ?? 0;
  if (end > 0 && end < capturedLength) layers.push({ ...REST, start: end, end: capturedLength, fields: [] });
  return {
    frame: number,
    length,
    capturedLength,
    bytes: captured.slice(0, MOST_DUMP_BYTES),
    layers,
    inside: insideOf(details),
  };
}
