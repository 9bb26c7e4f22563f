/**
 * Addresses that something behind the IPv6 header replaces: the destination by the last one of a routing header, the
 * source by a home address (RFC 6275). A conversation is known by those.
 */
import type { Packet } from './packet.ts';

const LENGTH = 16;

/** @param at where in `bytes` the 16 bytes of the address are */
export function replaceSource(packet: Packet, bytes: Uint8Array, at: number): void {
  if (packet.family !== 6) return;
  keep(packet).set(bytes.subarray(at, at + LENGTH), 0);
}

/** @param at where in `bytes` the 16 bytes of the address are */
export function replaceDestination(packet: Packet, bytes: Uint8Array, at: number): void {
  // Within an ICMPv6 error, Wireshark goes back to the address of the IPv6 header.
  if (packet.family !== 6 || packet.isQuoted) return;
  keep(packet).set(bytes.subarray(at, at + LENGTH), LENGTH);
}

/** Both addresses in bytes that may be written. */
function keep(packet: Packet): Uint8Array {
  const { replacedAddresses, addressBytes, sourceAddress, destinationAddress } = packet;
  if (addressBytes !== replacedAddresses) {
    replacedAddresses.set(addressBytes.subarray(sourceAddress, sourceAddress + LENGTH), 0);
    replacedAddresses.set(addressBytes.subarray(destinationAddress, destinationAddress + LENGTH), LENGTH);
    packet.addressBytes = replacedAddresses;
    packet.sourceAddress = 0;
    packet.destinationAddress = LENGTH;
  }
  return replacedAddresses;
}
