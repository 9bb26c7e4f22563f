/**
 * A packet of reliable UDP field by field (docs/RELIABLE-UDP.md sections 2 and 3). Names, labels and meanings are those of the
 * Wireshark dissector's tables.
 */
import { ByteReader } from '../bytes/reader.ts';
import { FormatError } from '../errors/errors.ts';
import {
  ACK_DELAY_UNIT_US,
  ACK_REPAIRED,
  COOKIE_BYTES,
  FRAME,
  MESSAGE,
  NONCE_BYTES,
  NUMBER_BYTES_SHIFT,
  PACKET,
  PATH_DATA_BYTES,
  REPAIR,
  SHORT,
  TOKEN_BYTES,
} from '../rudp/layout.ts';
import { isLong } from '../rudp/long-packets.ts';
import { expand } from '../rudp/numbers.ts';
import type { FieldTree } from './frame-detail-fields.ts';
import { addField, nameOfValue } from './telemetry-decode-values.ts';
import { counted } from './words.ts';

/** What the packets before have shown: numbers are sent as their lowest bytes. */
export interface NumberContext {
  /** The number that the sender's next packet, and the other end's, should have. */
  readonly nextNumber: number;
  readonly nextOwnNumber: number;
  nextSequence(channel: number): number;
}

const name = (field: string): string => `swrudp.${field}`;

/** Adds the packet `bytes[start..end)`; what is malformed is a field that says so. */
export function walkPacket(
  bytes: Uint8Array,
  start: number,
  end: number,
  tree: FieldTree,
  context: NumberContext,
): void {
  new PacketWalk(bytes, start, end, tree, context).walk();
}

class PacketWalk {
  readonly #bytes: Uint8Array;
  readonly #reader: ByteReader;
  readonly #tree: FieldTree;
  readonly #context: NumberContext;
  readonly #start: number;
  readonly #end: number;
  /** Of the MESSAGE before, for those that only count on. */
  #before: { readonly channel: number; readonly sequence: number } | undefined = undefined;
  readonly #sequences = new Map<number, number>();

  constructor(bytes: Uint8Array, start: number, end: number, tree: FieldTree, context: NumberContext) {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes, start, end);
    this.#tree = tree;
    this.#context = context;
    this.#start = start;
    this.#end = end;
  }

  walk(): void {
    try {
      if (isLong(this.#bytes.subarray(this.#start, this.#end))) this.#long();
      else this.#short();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const at = Math.min(this.#reader.position, this.#end);
      this.#tree.add(
        name('malformed'),
        'Malformed',
        error.message,
        at,
        this.#end,
        'Not what docs/RELIABLE-UDP.md allows.',
      );
    }
  }

  /** Reads a value and adds it. */
  #take<Value extends number | string | Uint8Array>(field: string, read: () => Value): Value {
    const at = this.#reader.position;
    const value = read();
    addField(this.#tree, name(field), value, at, this.#reader.position);
    return value;
  }

  #u8(field: string): number {
    return this.#take(field, () => this.#reader.u8());
  }

  #varint(field: string): number {
    return this.#take(field, () => this.#reader.varint());
  }

  #some(field: string, length: number): Uint8Array {
    return this.#take(field, () => this.#reader.bytes(length));
  }

  #unsigned(bytes: number): number {
    let value = 0;
    for (let index = 0; index < bytes; index++) value = value * 256 + this.#reader.u8();
    return value;
  }

  #long(): void {
    const type = this.#u8('type');
    this.#take('receiver', () => this.#unsigned(4));
    if (type === PACKET.reset) return this.#rest('reset_token', TOKEN_BYTES);
    if (type === PACKET.version) {
      this.#some('nonce', NONCE_BYTES);
      const count = this.#u8('versions.count');
      for (let index = 0; index < count; index++) this.#u8('versions.version');
      return this.#reader.end();
    }
    this.#u8('version');
    switch (type) {
      case PACKET.init: {
        this.#some('nonce', NONCE_BYTES);
        const cookie = this.#u8('cookie.length');
        if (cookie > 0) this.#some('cookie', cookie);
        this.#parameters();
        if (cookie > 0) this.#varint('number');
        break;
      }
      case PACKET.retry:
        this.#some('nonce', NONCE_BYTES);
        return this.#rest('cookie', COOKIE_BYTES);
      case PACKET.accept:
        this.#take('server', () => this.#unsigned(4));
        this.#some('reset_token', TOKEN_BYTES);
        this.#parameters();
        break;
      default:
        throw new FormatError(`an unknown long packet, 0x${type.toString(16)}`, this.#start);
    }
    this.#frames();
  }

  #rest(field: string, length: number): void {
    this.#some(field, length);
    this.#reader.end();
  }

  #parameters(): void {
    const length = this.#u8('parameters.length');
    const end = this.#reader.position + length;
    while (this.#reader.position < end) {
      const id = this.#u8('parameter.id');
      const size = this.#u8('parameter.length');
      if (nameOfValue(name('parameter.id'), id) === undefined) this.#some('parameter.bytes', size);
      else this.#varint('parameter.value');
    }
  }

  #short(): void {
    const at = this.#reader.position;
    const first = this.#reader.u8();
    this.#tree.group(
      'Flags',
      at,
      () => {
        for (const flag of ['long', 'ask_now', 'numbered', 'number_bytes'])
          addField(this.#tree, name(`flags.${flag}`), first, at, at + 1);
        return { end: at + 1, value: `0x${first.toString(16).padStart(2, '0')}` };
      },
      name('flags'),
    );
    this.#take('receiver', () => this.#unsigned(4));
    if ((first & SHORT.numbered) !== 0) {
      const bytes = 1 + ((first & SHORT.numberBytes) >> NUMBER_BYTES_SHIFT);
      const start = this.#reader.position;
      const sent = this.#take('number.sent', () => this.#unsigned(bytes));
      addField(
        this.#tree,
        name('number'),
        expand(sent, bytes, this.#context.nextNumber),
        start,
        this.#reader.position,
      );
    }
    this.#frames();
  }

  #frames(): void {
    while (this.#reader.remaining > 0) this.#frame();
  }

  #frame(): void {
    const at = this.#reader.position;
    const type = this.#bytes[at] as number;
    const title = frameTitle(type);
    this.#tree.group(title, at, () => {
      this.#u8('frame');
      const value = this.#body(type, at);
      return { end: this.#reader.position, value };
    });
  }

  #body(type: number, at: number): string {
    if (type >= FRAME.repair) return this.#repair(type);
    if (type >= FRAME.message) return this.#message(type, at);
    switch (type) {
      case FRAME.padding: {
        while (this.#reader.remaining > 0 && this.#bytes[this.#reader.position] === FRAME.padding)
          this.#reader.u8();
        const count = this.#reader.position - at;
        addField(this.#tree, name('padding.count'), count, at, this.#reader.position);
        return counted(count, 'byte');
      }
      case FRAME.ping:
        return 'asks for an acknowledgement';
      case FRAME.ack:
      case FRAME.ack | ACK_REPAIRED:
        return this.#ack(type);
      case FRAME.pathChallenge:
        this.#some('path_challenge.data', PATH_DATA_BYTES);
        return 'are you there?';
      case FRAME.pathResponse:
        this.#some('path_response.data', PATH_DATA_BYTES);
        return 'here I am';
      case FRAME.close: {
        const code = this.#varint('close.code');
        const length = this.#u8('close.reason.length');
        const reason = this.#take('close.reason', () => this.#reader.utf8(length));
        return `${nameOfValue(name('close.code'), code) ?? `code ${code}`}${reason === '' ? '' : `: ${reason}`}`;
      }
      case FRAME.maxData:
        return `${this.#varint('max_data.limit')} bytes in all`;
      case FRAME.end:
        return `after ${counted(this.#varint('end.messages'), 'message')}`;
      default:
        throw new FormatError(`an unknown frame type, 0x${type.toString(16)}`, at);
    }
  }

  #ack(type: number): string {
    const at = this.#reader.position;
    const sent = this.#take('ack.largest.sent', () => this.#unsigned(4));
    const largest = expand(sent, 4, this.#context.nextOwnNumber);
    addField(this.#tree, name('ack.largest'), largest, at, at + 4);
    this.#take('ack.delay', () => this.#reader.varint() * ACK_DELAY_UNIT_US);
    const further = this.#u8('ack.count');
    const ranges: string[] = [];
    let end = largest;
    for (let index = 0; index <= further; index++) {
      if (index > 0) end -= this.#varint('ack.gap') + 2;
      const from = end - this.#varint('ack.length');
      ranges.push(from === end ? String(end) : `${from} to ${end}`);
      end = from;
    }
    if (type !== FRAME.ack) this.#varint('ack.repaired');
    return `packets ${ranges.join(', ')} have arrived`;
  }

  #message(type: number, at: number): string {
    for (const flag of ['channel', 'fragment', 'length', 'chained', 'sequence'])
      addField(this.#tree, name(`message.flags.${flag}`), type, at, at + 1);
    let channel = 0;
    if ((type & MESSAGE.channel) !== 0) {
      channel = this.#u8('message.channel');
      const end = this.#reader.position;
      addField(this.#tree, name('message.kind'), channel, end - 1, end);
      addField(this.#tree, name('message.id'), channel, end - 1, end);
    }
    const sequence = this.#sequence(type, channel);
    let part = '';
    if ((type & MESSAGE.fragment) !== 0) {
      const offset = this.#varint('message.offset');
      part = `, from byte ${offset} of ${this.#varint('message.total')} on`;
    }
    const length = (type & MESSAGE.length) === 0 ? this.#reader.remaining : this.#varint('message.length');
    this.#some('message.data', length);
    const where = channel === 0 ? '' : ` of channel ${channel & 0x3f}`;
    return `message ${sequence}${where}: ${counted(length, 'byte')}${part}`;
  }

  #sequence(type: number, channel: number): number {
    const start = this.#reader.position;
    const expected = this.#sequences.get(channel) ?? this.#context.nextSequence(channel);
    let sequence: number;
    if ((type & MESSAGE.chained) !== 0) sequence = (this.#before?.sequence ?? -1) + 1;
    else {
      const bytes = 1 + (type & MESSAGE.sequence);
      sequence = expand(
        this.#take('message.sequence.sent', () => this.#unsigned(bytes)),
        bytes,
        expected,
      );
    }
    addField(this.#tree, name('message.sequence'), sequence, start, this.#reader.position);
    this.#before = { channel, sequence };
    this.#sequences.set(channel, Math.max(expected, sequence + 1));
    return sequence;
  }

  #repair(type: number): string {
    const at = this.#reader.position - 1;
    if ((type & ~(REPAIR.equalLengths | REPAIR.window)) !== FRAME.repair)
      throw new FormatError(`an unknown frame type, 0x${type.toString(16)}`, at);
    addField(this.#tree, name('repair.equal_lengths'), type, at, at + 1);
    addField(this.#tree, name('repair.window'), type, at, at + 1);
    this.#some('repair.symbol', this.#reader.remaining);
    return `from it and the others, one of the ${counted(1 + (type & REPAIR.window), 'packet')} before can be recomputed`;
  }
}

/** `MESSAGE`, `ACK`. */
function frameTitle(type: number): string {
  return nameOfValue(name('frame'), type) ?? `Frame 0x${type.toString(16)}`;
}
