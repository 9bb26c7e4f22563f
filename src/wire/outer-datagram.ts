/**
 * UDP that carries a tunnel: the datagram is kept as an outer one, and is the innermost again where the tunnel turns out
 * to hold neither TCP nor UDP. Ports are no proof: what seems a tunnel may be anybody's program.
 */
import { OuterDatagram, type Packet, TRANSPORT } from './packet.ts';

/** Keeps a copy of the datagram that `packet` holds. */
export function keepOuter(packet: Packet): void {
  const outer = packet.outerUdps[packet.outerUdpCount] ?? new OuterDatagram();
  packet.outerUdps[packet.outerUdpCount++] = outer;
  Object.assign(outer.udp, packet.udp);
  outer.transportBytes = packet.transportBytes;
  outer.family = packet.family;
  outer.addressBytes =
    packet.addressBytes === packet.replacedAddresses ? packet.addressBytes.slice() : packet.addressBytes;
  outer.sourceAddress = packet.sourceAddress;
  outer.destinationAddress = packet.destinationAddress;
  outer.sourceIpv4 = packet.sourceIpv4;
  outer.destinationIpv4 = packet.destinationIpv4;
}

/** Takes the last outer datagram back where nothing is within it. */
export function settleOuter(packet: Packet): void {
  const outer = packet.outerUdps[packet.outerUdpCount - 1];
  if (outer === undefined || packet.transport !== TRANSPORT.udp) return;
  if (packet.udp.start !== outer.udp.start || packet.transportBytes !== outer.transportBytes) return;
  packet.outerUdpCount--;
  packet.family = outer.family;
  packet.addressBytes = outer.addressBytes;
  packet.sourceAddress = outer.sourceAddress;
  packet.destinationAddress = outer.destinationAddress;
  packet.sourceIpv4 = outer.sourceIpv4;
  packet.destinationIpv4 = outer.destinationIpv4;
}
