/**
 * `frame.protocols`: the names of a frame's layers with colons between them, as tshark prints them with every protocol
 * above TCP and UDP switched off.
 */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { LAYER } from '../wire/layers.ts';
import { MOST_LAYERS } from '../wire/packet.ts';
import type { TcpHeader } from '../wire/tcp-header.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import type { FieldWriter } from './field-writer.ts';
import { hasNamelessHeader, PROTOCOL_NAMES } from './protocol-names.ts';
import { putBytes } from './text-bytes.ts';

/** Stacks of layers that are kept as text, by a hash of their kinds: nearly all frames of a capture have one of a few. */
const STACKS = 64;
/** A TCP header has room for so many options with a length. */
const MOST_OPTIONS = 20;

interface Stack {
  readonly kinds: Uint8Array;
  readonly text: Uint8Array;
}

/** A writer that keeps what it wrote. */
export function protocolsWriter(): FieldWriter {
  const stacks: (Stack | undefined)[] = new Array(STACKS).fill(undefined);
  const withMultipath = new Uint8Array(MOST_LAYERS + MOST_OPTIONS);
  return (out, at, frame) => {
    let kinds = frame.packet.layerKinds;
    let count = shownLayers(frame);
    if (frame.hasTcp && frame.packet.tcp.multipathCount > 0) {
      count = addMultipath(frame, withMultipath, count);
      kinds = withMultipath;
    }
    let hash = count;
    for (let index = 0; index < count; index++) hash = (Math.imul(hash, 31) + (kinds[index] as number)) | 0;
    const slot = (hash ^ (hash >>> 6)) & (STACKS - 1);
    let stack = stacks[slot];
    if (stack === undefined || !isStack(stack.kinds, kinds, count)) {
      stack = stackOf(kinds.slice(0, count));
      stacks[slot] = stack;
    }
    return putBytes(out, at, stack.text);
  };
}

/** How many layers tshark names. */
function shownLayers({ packet, hasTcp, verdict }: AnalysedFrame): number {
  const { layerCount, layerKinds } = packet;
  if (layerKinds[layerCount - 1] !== LAYER.data) return layerCount;
  if (layerCount === 1) return hasNamelessHeader(packet.linkType) ? 0 : 1;
  return hasTcp && !isHandedOn(verdict.events, packet.tcp) ? layerCount - 1 : layerCount;
}

/** tshark counts each Multipath TCP option as data, because what reads them is above TCP. Gives the number of kinds. */
function addMultipath({ packet }: AnalysedFrame, kinds: Uint8Array, count: number): number {
  const { layerKinds, tcp } = packet;
  const behind = layerKinds.indexOf(LAYER.tcp) + 1;
  kinds.set(layerKinds.subarray(0, behind));
  kinds.fill(LAYER.data, behind, behind + tcp.multipathCount);
  kinds.set(layerKinds.subarray(behind, count), behind + tcp.multipathCount);
  return count + tcp.multipathCount;
}

/**
 * tshark shows the data of a segment that was there before, or comes too late, to nobody. Fast retransmissions are an
 * exception, and so is what had been acknowledged, where the capture has cut it: that is not put together with others.
 */
function isHandedOn(events: number, { capturedPayload, payloadLength }: TcpHeader): boolean {
  if ((events & TCP_EVENT.spuriousRetransmission) !== 0) return capturedPayload < payloadLength;
  if ((events & TCP_EVENT.outOfOrder) !== 0) return false;
  return (events & (TCP_EVENT.retransmission | TCP_EVENT.fastRetransmission)) !== TCP_EVENT.retransmission;
}

function isStack(kinds: Uint8Array, layerKinds: Uint8Array, count: number): boolean {
  if (kinds.length !== count) return false;
  for (let index = 0; index < count; index++) if (kinds[index] !== layerKinds[index]) return false;
  return true;
}

function stackOf(kinds: Uint8Array): Stack {
  return { kinds, text: new TextEncoder().encode(Array.from(kinds, kind => PROTOCOL_NAMES[kind]).join(':')) };
}
