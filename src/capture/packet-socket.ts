/**
 * A packet socket (packet(7)) of one interface, or of all, with a ring of blocks that it shares with the kernel.
 *
 * The filter is set before the socket is bound, so that nothing gets in that the filter leaves out.
 */
import { NetworkError, UsageError } from '../errors/errors.ts';
import { encodeProgram, type Program } from '../filter/bpf.ts';
import { isLittleEndian, type Libc, SOL_SOCKET, SystemCallError } from './libc.ts';
import { type LinkLayer, linkLayerOf } from './link-layer.ts';

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SO_ERROR = 4;
const SOL_PACKET = 263;
/** Options of packet(7). */
const PACKET = {
  addMembership: 1,
  receiveRing: 5,
  statistics: 6,
  version: 10,
  ignoreOutgoing: 23,
} as const;
const PROMISCUOUS = 1;
const TPACKET_V3 = 2;
/** Every protocol (ETH_P_ALL). */
const EVERY_PROTOCOL = 3;
const ARPHRD_LOOPBACK = 772;
/** struct sockaddr_ll. */
const ADDRESS_BYTES = 20;
/** Where the hardware address starts in it. */
const HARDWARE_ADDRESS_AT = 12;

/**
 * A block holds what came within the timeout, however little that is, so the number of blocks is how long the program may be
 * busy elsewhere: 128 of 10 ms. A packet is cut to what a block holds: longer than any but the jumbo ones of IPv6 (BIG TCP).
 */
export const BLOCK_BYTES = 262_144;
export const BLOCKS = 128;
/** A block is given to the program after so long, full or not: how late a packet is seen. */
export const BLOCK_TIMEOUT_MS = 10;
/** The kernel wants to know one in version 3, too, though frames have no fixed size there. */
const FRAME_BYTES = 2_048;

/** What PACKET_STATISTICS counted since it was asked the last time. */
export interface KernelCounts {
  /** Packets that passed the filter, lost ones included. */
  readonly packets: number;
  /** Lost because the ring was full. */
  readonly drops: number;
}

export interface PacketSocketOptions {
  /** `any`: all. */
  readonly interface: string;
  readonly promiscuous: boolean;
}

/** Opens in two steps, because the filter depends on the interface's link type: construct, then `start`. */
export class PacketSocket {
  readonly #libc: Libc;
  readonly #interface: string;
  readonly #index: number;
  readonly #address: Uint8Array;
  readonly linkLayer: LinkLayer;
  readonly fd: number;
  /** The ring, `BLOCKS` of `BLOCK_BYTES`. */
  readonly memory: ArrayBuffer;
  #isClosed = false;

  /**
   * @throws NetworkError SW_PERMISSION without the right to capture
   * @throws UsageError SW_USAGE where there is no such interface
   */
  constructor(libc: Libc, options: PacketSocketOptions) {
    this.#libc = libc;
    this.#interface = options.interface;
    this.#index = options.interface === 'any' ? 0 : indexOf(libc, options.interface);
    const raw = openSocket(libc, SOCK_RAW);
    try {
      // Without a protocol nothing is received yet, but the kernel tells what kind of interface it is.
      libc.bind(raw, addressOf(this.#index, 0));
      this.#address = libc.getsockname(raw, 32);
      this.linkLayer = linkLayerOf(this.#index === 0 ? undefined : this.hardwareType);
    } catch (error) {
      libc.close(raw);
      throw error;
    }
    if (this.linkLayer.isHeadless) libc.close(raw);
    this.fd = this.linkLayer.isHeadless ? openSocket(libc, SOCK_DGRAM) : raw;
    try {
      this.memory = this.#openRing(options.promiscuous);
    } catch (error) {
      libc.close(this.fd);
      throw error;
    }
  }

  /** ARPHRD_ number of the interface. */
  get hardwareType(): number {
    return new DataView(this.#address.buffer).getUint16(8, isLittleEndian());
  }

  get index(): number {
    return this.#index;
  }

  /** True where the interface gives every packet twice, on its way out and in. */
  get isLoopback(): boolean {
    return this.#index !== 0 && this.hardwareType === ARPHRD_LOOPBACK;
  }

  /** The address of the interface itself: what is sent to it there nobody else takes. */
  addressFor(etherType: number, index: number = this.#index): Uint8Array {
    const address = addressOf(index, etherType);
    const view = new DataView(address.buffer);
    if (index !== this.#index || this.#address.length < HARDWARE_ADDRESS_AT) {
      // Of the loopback interface, whose address is zero.
      view.setUint8(11, 6);
      return address;
    }
    address.set(this.#address.subarray(11, ADDRESS_BYTES), 11);
    return address;
  }

  #openRing(promiscuous: boolean): ArrayBuffer {
    const { fd } = this;
    this.#libc.setsockopt(fd, SOL_PACKET, PACKET.version, words(TPACKET_V3));
    const frames = (BLOCK_BYTES / FRAME_BYTES) * BLOCKS;
    this.#libc.setsockopt(
      fd,
      SOL_PACKET,
      PACKET.receiveRing,
      words(BLOCK_BYTES, BLOCKS, FRAME_BYTES, frames, BLOCK_TIMEOUT_MS, 0, 0),
    );
    if (this.isLoopback) {
      try {
        this.#libc.setsockopt(fd, SOL_PACKET, PACKET.ignoreOutgoing, words(1));
      } catch (error) {
        // Linux before 4.20: the filter leaves them out.
        if (!(error instanceof SystemCallError)) throw error;
      }
    }
    if (promiscuous && this.#index !== 0) {
      this.#libc.setsockopt(fd, SOL_PACKET, PACKET.addMembership, membership(this.#index));
    }
    return this.#libc.map(fd, BLOCK_BYTES * BLOCKS);
  }

  /** From here on packets come. @throws NetworkError SW_NETWORK where the interface is down */
  start(program: Program): void {
    this.setFilter(program);
    this.#libc.bind(this.fd, addressOf(this.#index, EVERY_PROTOCOL));
    const error = this.takeError();
    if (error === undefined) return;
    throw new NetworkError(
      'SW_NETWORK',
      `interface ${this.#interface} is down: ip link set ${this.#interface} up`,
    );
  }

  setFilter(program: Program): void {
    this.#libc.attachFilter(this.fd, encodeProgram(program, isLittleEndian()), program.length);
  }

  /** What the kernel counted since this was asked the last time. */
  takeCounts(): KernelCounts {
    const bytes = this.#libc.getsockopt(this.fd, SOL_PACKET, PACKET.statistics, 12);
    const view = new DataView(bytes.buffer);
    return { packets: view.getUint32(0, isLittleEndian()), drops: view.getUint32(4, isLittleEndian()) };
  }

  /** The number of an error of the socket, such as ENETDOWN; undefined: there is none. */
  takeError(): number | undefined {
    const bytes = this.#libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, 4);
    return new DataView(bytes.buffer).getInt32(0, isLittleEndian()) || undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#libc.unmap(this.memory);
    this.#libc.close(this.fd);
  }
}

/** Sends to an interface: a socket of its own, because nobody sees what they send themselves. */
export class PacketSender {
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = openSocket(libc, SOCK_DGRAM);
  }

  send(payload: Uint8Array, address: Uint8Array): void {
    this.#libc.sendto(this.#fd, payload, address);
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}

function openSocket(libc: Libc, type: number): number {
  try {
    return libc.socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
  } catch (error) {
    if (error instanceof SystemCallError && (error.errno === 'EPERM' || error.errno === 'EACCES')) {
      throw new NetworkError('SW_PERMISSION', 'this process may not capture (CAP_NET_RAW)', { cause: error });
    }
    throw error;
  }
}

function indexOf(libc: Libc, name: string): number {
  const index = libc.interfaceIndex(name);
  if (index !== 0) return index;
  throw new UsageError('SW_USAGE', `there is no interface "${name}": sensewire capture --list shows them`);
}

/** struct sockaddr_ll: family, protocol in network order, index; the rest is zero. */
function addressOf(index: number, protocol: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  view.setUint16(0, AF_PACKET, isLittleEndian());
  view.setUint16(2, protocol);
  view.setInt32(4, index, isLittleEndian());
  return new Uint8Array(view.buffer);
}

/** struct packet_mreq. */
function membership(index: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setInt32(0, index, isLittleEndian());
  view.setUint16(4, PROMISCUOUS, isLittleEndian());
  return new Uint8Array(view.buffer);
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
