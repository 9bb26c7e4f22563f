/** Captures of a million TCP segments, made in a fraction of a second: for tests of limits. */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { bytesOf } from './frames.ts';

/** Ethernet, IPv4 without lengths, addresses and checksums, TCP without ports and numbers. */
const HEADERS = bytesOf(
  '020000000001 020000000002 0800 4500 0000 0000 4000 4006 0000',
  new Uint8Array(22),
  '07d0 0000 0000 58',
);

/** Frames of a client and a server, one byte of payload each where nothing else is said, put together in one array: a million of them. */
export class ManySegments {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 24;

  constructor(most: number) {
    this.#bytes = new Uint8Array(this.#length + 72 * most);
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes.set(bytesOf('d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000'));
  }

  get capture(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  add(
    conversation: number,
    isClient: boolean,
    flags: number,
    sequence: number,
    ack: number,
    data: number | Uint8Array = 1,
  ): void {
    const view = this.#view;
    const at = this.#length;
    const length = 54 + (typeof data === 'number' ? data : data.length);
    const ends = [0x0a01_0000 + (conversation >>> 14), 0x0a00_0001];
    const ports = [32_768 + (conversation & 0x3fff), 80];
    const from = isClient ? 0 : 1;
    view.setUint32(at, at >>> 10, true);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, length, true);
    this.#bytes.set(HEADERS, at + 16);
    view.setUint16(at + 32, length - 14);
    view.setUint16(at + 34, at >>> 3);
    view.setUint32(at + 42, ends[from]!);
    view.setUint32(at + 46, ends[1 - from]!);
    view.setUint16(at + 50, ports[from]!);
    view.setUint16(at + 52, ports[1 - from]!);
    view.setUint32(at + 54, sequence);
    view.setUint32(at + 58, ack);
    view.setUint16(at + 62, 0x5000 | flags);
    if (typeof data !== 'number') this.#bytes.set(data, at + 70);
    this.#length += 16 + length;
  }

  /** Handshake and one byte each way. */
  open(conversation: number): void {
    this.add(conversation, true, TCP_FLAG.syn, 99, 0, 0);
    this.add(conversation, false, TCP_FLAG.syn | TCP_FLAG.ack, 199, 100, 0);
    this.add(conversation, true, TCP_FLAG.ack, 100, 200, 0);
    for (let turn = 0; turn < 2; turn++) {
      this.add(conversation, true, TCP_FLAG.ack, 100 + turn, 200 + turn);
      this.add(conversation, false, TCP_FLAG.ack, 200 + turn, 101 + turn);
    }
  }
}
