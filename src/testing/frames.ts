/** Frames for tests, put together header by header; checksums are 0. */

/** Bytes from numbers, texts of hexadecimal digits, and byte arrays. */
export function bytesOf(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(part => {
      if (typeof part === 'number') return [part];
      if (typeof part !== 'string') return [...part];
      return Array.from(part.replaceAll(' ', '').matchAll(/../g), ([pair]) => Number.parseInt(pair, 16));
    }),
  );
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export const ADDRESSES: Uint8Array = bytesOf('020000000001 020000000002');

export function ethernetFrame(type: number, payload: Uint8Array): Uint8Array {
  return bytesOf(ADDRESSES, u16(type), payload);
}

export interface Ipv4Options {
  readonly options?: Uint8Array;
  /** Instead of the real one. */
  readonly length?: number;
  readonly identification?: number;
  /** Flags and offset. */
  readonly fragment?: number;
}

/** From 10.0.0.1 to 10.0.0.2. */
export function ipv4Packet(protocol: number, payload: Uint8Array, options: Ipv4Options = {}): Uint8Array {
  const { options: extra = new Uint8Array(0), identification = 1, fragment = 0 } = options;
  const headerLength = 20 + extra.length;
  const length = options.length ?? headerLength + payload.length;
  const start = bytesOf(0x40 | (headerLength >>> 2), 0, u16(length), u16(identification), u16(fragment));
  return bytesOf(start, 64, protocol, '0000 0a000001 0a000002', extra, payload);
}

/** From 2001:db8::1 to 2001:db8::2. */
export function ipv6Packet(next: number, payload: Uint8Array, length: number = payload.length): Uint8Array {
  const prefix = '20010db8 00000000 00000000';
  return bytesOf('60000000', u16(length), next, 64, prefix, '00000001', prefix, '00000002', payload);
}

/** From port 1000 to port 2000. */
export function udpDatagram(payload: Uint8Array, destinationPort = 2_000): Uint8Array {
  return bytesOf(u16(1_000), u16(destinationPort), u16(8 + payload.length), '0000', payload);
}

export interface TcpOptions {
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array;
}

/** From port 1000 to port 2000. */
export function tcpSegment(payload: Uint8Array, options: TcpOptions = {}): Uint8Array {
  const { flags = 0x18, sequence = 1, acknowledgment = 1, options: extra = new Uint8Array(0) } = options;
  const offsetAndFlags = (((20 + extra.length) >>> 2) << 12) | flags;
  const numbers = bytesOf(u16(1_000), u16(2_000), u32(sequence), u32(acknowledgment));
  return bytesOf(numbers, u16(offsetAndFlags), u16(4_096), '0000 0000', extra, payload);
}
