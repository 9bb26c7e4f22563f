/**
 * What stands before a packet in the file and not in the ring: the header of a Linux cooked capture, version 2
 * (LINKTYPE_LINUX_SLL2), and the VLAN tag that the kernel took out.
 *
 *     protocol u16 | reserved u16 | interface u32 | hardware type u16 | packet type u8 | address length u8 | address 8 bytes
 */
import type { PacketRecord } from '../pcap/packet-record.ts';
import { isLittleEndian } from './libc.ts';
import type { RingPacket } from './ring.ts';

const COOKED_BYTES = 20;
const TAG_BYTES = 4;
/** Two hardware addresses stand before a tag. */
const ADDRESSES_BYTES = 12;

/** Fields of struct sockaddr_ll. */
const INTERFACE = 4;
const HARDWARE_TYPE = 8;
const PACKET_TYPE = 10;
const ADDRESS_LENGTH = 11;
const ADDRESS = 12;
const MOST_ADDRESS = 8;

/** Puts a header before packets of a capture of every interface. */
export class CookedHeader {
  readonly #isLittle = isLittleEndian();

  /** Moves a record into a buffer of its own, with the header in front. */
  putBefore(record: PacketRecord, packet: RingPacket): void {
    const at = packet.addressStart;
    const { bytes } = record;
    const whole = new Uint8Array(COOKED_BYTES + record.capturedLength);
    const view = new DataView(whole.buffer);
    const source = new DataView(bytes.buffer);
    view.setUint16(0, packet.protocol);
    view.setUint32(4, source.getUint32(at + INTERFACE, this.#isLittle));
    view.setUint16(8, source.getUint16(at + HARDWARE_TYPE, this.#isLittle));
    view.setUint8(10, bytes[at + PACKET_TYPE] as number);
    const addressLength = Math.min(bytes[at + ADDRESS_LENGTH] as number, MOST_ADDRESS);
    view.setUint8(11, addressLength);
    whole.set(bytes.subarray(at + ADDRESS, at + ADDRESS + addressLength), 12);
    whole.set(bytes.subarray(record.start, record.start + record.capturedLength), COOKED_BYTES);
    replace(record, whole, COOKED_BYTES);
  }
}

/** Puts the VLAN tag where it was: type and number, as 32 bits. */
export function putTag(record: PacketRecord, tag: number): void {
  const { bytes, start, capturedLength } = record;
  if (capturedLength < ADDRESSES_BYTES) return;
  const whole = new Uint8Array(capturedLength + TAG_BYTES);
  const split = start + ADDRESSES_BYTES;
  whole.set(bytes.subarray(start, split));
  new DataView(whole.buffer).setUint32(ADDRESSES_BYTES, tag);
  whole.set(bytes.subarray(split, start + capturedLength), ADDRESSES_BYTES + TAG_BYTES);
  replace(record, whole, TAG_BYTES);
}

function replace(record: PacketRecord, bytes: Uint8Array, more: number): void {
  record.bytes = bytes;
  record.start = 0;
  record.capturedLength = bytes.length;
  record.length += more;
}
