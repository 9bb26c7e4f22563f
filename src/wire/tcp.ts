/** TCP (RFC 9293). */
import { LAYER } from './layers.ts';
import { TRANSPORT } from './packet.ts';
import { TCP_FLAG } from './tcp-header.ts';
import { readTcpOptions } from './tcp-options.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const LEAST_LENGTH = 20;
/** Up to the window: without them, nothing but the ports is read. */
const NEEDED = 16;

export function tcp(walk: Walk): Step {
  const { packet, bytes, at, end } = walk;
  walk.add(LAYER.tcp, LEAST_LENGTH);
  if (!walk.has(4)) return STEP.done;
  const header = packet.tcp;
  header.start = at;
  header.sourcePort = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  header.destinationPort = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  if (!walk.has(NEEDED)) {
    walk.endLayer(4);
    return STEP.done;
  }
  packet.transport = TRANSPORT.tcp;
  packet.transportBytes = bytes;
  packet.transportEnd = end;
  packet.payloadStart = 0;
  packet.payloadEnd = 0;
  header.sequence = walk.u32(4);
  header.acknowledgment = walk.u32(8);
  const offsetAndFlags = ((bytes[at + 12] as number) << 8) | (bytes[at + 13] as number);
  const headerLength = (offsetAndFlags >>> 12) << 2;
  header.headerLength = headerLength;
  header.flags = offsetAndFlags & 0xfff;
  header.window = ((bytes[at + 14] as number) << 8) | (bytes[at + 15] as number);
  const wireLength = walk.wireEnd - at;
  const isWhole = headerLength <= wireLength;
  header.isAnalysed = isWhole && !packet.isFragment && !packet.isQuoted;
  header.isWhole = false;
  header.payloadLength = isWhole ? wireLength - headerLength : 0;
  const payloadStart = at + headerLength;
  header.capturedPayload = payloadStart < end ? end - payloadStart : 0;
  header.mss = -1;
  header.windowScale = -1;
  header.sackPermitted = false;
  header.sackCount = 0;
  header.multipathCount = 0;
  header.hasTimestamp = false;
  header.badOptions = false;
  header.urgentPointer =
    at + LEAST_LENGTH <= end ? ((bytes[at + 18] as number) << 8) | (bytes[at + 19] as number) : 0;
  if (headerLength < LEAST_LENGTH) {
    packet.isMalformed = true;
    return STEP.done;
  }
  walk.endLayer(headerLength);
  if (!walk.has(LEAST_LENGTH)) return STEP.done;
  if (headerLength > LEAST_LENGTH && !readTcpOptions(bytes, at + LEAST_LENGTH, payloadStart, end, header)) {
    if (header.badOptions || payloadStart > walk.wireEnd) packet.isMalformed = true;
    else packet.isCutShort = true;
    return STEP.done;
  }
  header.isWhole = isWhole;
  if (payloadStart > end) return STEP.done;
  walk.at = payloadStart;
  packet.payloadStart = payloadStart;
  packet.payloadEnd = end;
  // What a reset carries is not data of the stream (RFC 9293 section 3.5.2).
  return (offsetAndFlags & TCP_FLAG.rst) === 0 ? LAYER.data : STEP.done;
}
