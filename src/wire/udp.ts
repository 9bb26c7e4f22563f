/** UDP (RFC 768), and the tunnels that are known by its ports. */
import { LAYER } from './layers.ts';
import { keepOuter } from './outer-datagram.ts';
import { TRANSPORT } from './packet.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const HEADER_LENGTH = 8;
/** RFC 8086. */
const PORT_GRE = 4_754;
/** RFC 7510. */
const PORT_MPLS = 6_635;
/** Ports 12000 to 12004: LLC of IBM's SNA over IP (RFC 2353). */
const FIRST_PORT_LLC = 12_000;
const LAST_PORT_LLC = 12_004;

export function udp(walk: Walk): Step {
  const { packet, bytes, at } = walk;
  walk.add(LAYER.udp, HEADER_LENGTH);
  if (!walk.has(HEADER_LENGTH)) return STEP.done;
  const length = walk.u16(4);
  if (length < HEADER_LENGTH && !(length === 0 && packet.family === 6)) {
    packet.isMalformed = true;
    return STEP.done;
  }
  const header = packet.udp;
  packet.transport = TRANSPORT.udp;
  packet.transportBytes = bytes;
  packet.transportEnd = walk.end;
  header.start = at;
  header.sourcePort = walk.u16(0);
  header.destinationPort = walk.u16(2);
  header.checksum = walk.u16(6);
  header.length = length;
  walk.at = at + HEADER_LENGTH;
  packet.payloadStart = walk.at;
  if (length > 0) walk.limit(length - HEADER_LENGTH);
  header.payloadLength = walk.wireEnd - walk.at;
  header.capturedPayload = walk.end - walk.at;
  packet.payloadEnd = walk.end;
  if (walk.at >= walk.end) return STEP.done;
  const next = stepOfPorts(header.sourcePort, header.destinationPort);
  if (next !== LAYER.data) keepOuter(packet);
  return next;
}

/** The lower port is asked first. */
function stepOfPorts(one: number, other: number): Step {
  const step = stepOfPort(one < other ? one : other);
  return step === LAYER.data ? stepOfPort(one < other ? other : one) : step;
}

function stepOfPort(port: number): Step {
  if (port === PORT_GRE) return LAYER.gre;
  if (port === PORT_MPLS) return LAYER.mpls;
  return port >= FIRST_PORT_LLC && port <= LAST_PORT_LLC ? LAYER.llc : LAYER.data;
}
