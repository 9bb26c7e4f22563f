/** The fields of TCP and UDP headers, without TCP's options. */
import { LAYER } from '../wire/layers.ts';
import { type Packet, TRANSPORT } from '../wire/packet.ts';
import { COMMA, type FieldWriter } from './field-writer.ts';
import { forEach, u16 } from './fields-network.ts';
import { putDecimal, putHex16, putSmall } from './text-bytes.ts';

const PORTS_LENGTH = 4;
const TCP_LEAST_LENGTH = 20;

function numberAt(layer: typeof LAYER.tcp | typeof LAYER.udp, offset: number, needed: number): FieldWriter {
  return forEach(layer, needed, (out, at, bytes, start) => putDecimal(out, at, u16(bytes, start + offset)));
}

/** Of headers that are cut off behind the ports. */
const cutSourcePort: FieldWriter = numberAt(LAYER.tcp, 0, PORTS_LENGTH);
const cutDestinationPort: FieldWriter = numberAt(LAYER.tcp, 2, PORTS_LENGTH);

export const tcpSourcePort: FieldWriter = (out, at, frame) => {
  const { transport, tcp } = frame.packet;
  return transport === TRANSPORT.tcp ? putDecimal(out, at, tcp.sourcePort) : cutSourcePort(out, at, frame);
};
export const tcpDestinationPort: FieldWriter = (out, at, frame) => {
  const { transport, tcp } = frame.packet;
  return transport === TRANSPORT.tcp
    ? putDecimal(out, at, tcp.destinationPort)
    : cutDestinationPort(out, at, frame);
};
export const udpSourcePort: FieldWriter = numberAt(LAYER.udp, 0, PORTS_LENGTH);
export const udpDestinationPort: FieldWriter = numberAt(LAYER.udp, 2, PORTS_LENGTH);
export const udpLength: FieldWriter = numberAt(LAYER.udp, 4, 6);

/** Of a header that says it is shorter than the shortest, tshark shows ports, sequence number and length, and no more. */
function hasWholeTcp({ transport, tcp }: Packet): boolean {
  return transport === TRANSPORT.tcp && tcp.headerLength >= TCP_LEAST_LENGTH;
}

/** In what an ICMP error quotes (but not ICMPv6), tshark does not show the sequence number as it is on the wire. */
export const tcpSequence: FieldWriter = (out, at, { packet }) => {
  const isHidden = packet.transport !== TRANSPORT.tcp || (packet.isQuoted && packet.family === 4);
  return isHidden ? at : putDecimal(out, at, packet.tcp.sequence);
};
export const tcpAcknowledgment: FieldWriter = (out, at, { packet }) =>
  hasWholeTcp(packet) ? putDecimal(out, at, packet.tcp.acknowledgment) : at;
export const tcpFlags: FieldWriter = (out, at, { packet }) =>
  hasWholeTcp(packet) ? putHex16(out, at, packet.tcp.flags) : at;
export const tcpWindowValue: FieldWriter = (out, at, { packet }) =>
  hasWholeTcp(packet) ? putDecimal(out, at, packet.tcp.window) : at;
export const tcpLength: FieldWriter = (out, at, { packet }) =>
  packet.transport === TRANSPORT.tcp && packet.tcp.isAnalysed
    ? putDecimal(out, at, packet.tcp.payloadLength)
    : at;
export const tcpHeaderLength: FieldWriter = (out, at, { packet }) =>
  packet.transport === TRANSPORT.tcp ? putSmall(out, at, packet.tcp.headerLength) : at;

export const udpStream: FieldWriter = (out, at, { packet, hasUdp, udpPlace, outerUdpPlaces }) => {
  let position = at;
  for (let index = 0; index < packet.outerUdpCount; index++) {
    if (index > 0) out[position++] = COMMA;
    position = putDecimal(out, position, (outerUdpPlaces[index] as number) >>> 1);
  }
  if (!hasUdp) return position;
  if (position !== at) out[position++] = COMMA;
  return putDecimal(out, position, udpPlace >>> 1);
};
