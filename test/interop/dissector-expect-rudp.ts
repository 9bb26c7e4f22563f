/**
 * What our own decoder says of reliable UDP, as the fields that the dissector must show.
 *
 * It watches as the dissector does: connections by their ids, numbers by those before.
 */
import { toHex } from '../../src/bytes/hex.ts';
import { FrameReader } from '../../src/rudp/frame-reader.ts';
import { ACK_REPAIRED, FRAME, MESSAGE, NUMBER_BYTES_SHIFT, SHORT } from '../../src/rudp/layout.ts';
import { isLong, readLongPacket } from '../../src/rudp/long-packets.ts';
import { expand } from '../../src/rudp/numbers.ts';
import { type ConnectionParameters, DEFAULT_PARAMETERS } from '../../src/rudp/parameters.ts';
import { varintLength } from '../../src/rudp/put.ts';
import { type Shown, show, type Value } from './dissector-capture.ts';
import { expectFrames, KnownSession } from './dissector-expect-telemetry.ts';

interface Side {
  expected: number;
  readonly packets: Map<number, { readonly frame: number; readonly atUs: number }>;
  readonly channels: Map<number, number>;
  readonly sent: Map<string, number>;
  readonly fragments: Map<
    string,
    { bytes: Uint8Array; readonly has: Set<number>; count: number; isDone: boolean }
  >;
}

interface Watched {
  readonly index: number;
  readonly nonce: string;
  readonly toServer: Side;
  readonly toClient: Side;
  readonly session: KnownSession;
  isTelemetry: boolean;
}

const newSide = (): Side => ({
  expected: 0,
  packets: new Map(),
  channels: new Map(),
  sent: new Map(),
  fragments: new Map(),
});

const PARAMETER_NAMES = ['ackDelayMs', 'maxData', 'idleMs', 'largestDatagram'] as const;

export class RudpWatch {
  readonly #ends: Map<number, { readonly watched: Watched; readonly isToServer: boolean }> = new Map();
  readonly #reader = new FrameReader();
  /** Names of packets and frames that came by. */
  readonly seen: Set<string> = new Set();
  #connections = 0;
  #shown: Shown = new Map();
  #frame = 0;
  #atUs = 0;

  /** The fields of the datagram of frame `frame`. @throws FormatError where it is malformed */
  expect(datagram: Uint8Array, frame: number, atUs: number): Shown {
    this.#shown = new Map();
    this.#frame = frame;
    this.#atUs = atUs;
    if (isLong(datagram)) this.#long(datagram);
    else this.#short(datagram);
    return this.#shown;
  }

  #put(name: string, ...values: readonly Value[]): void {
    show(this.#shown, `swrudp.${name}`, ...values);
  }

  #long(datagram: Uint8Array): void {
    const packet = readLongPacket(datagram);
    this.seen.add(packet.kind);
    this.#put('type', datagram[0] as number);
    this.#put('receiver', 'clientId' in packet ? packet.clientId : packet.receiverId);
    const version = datagram[5] as number;
    switch (packet.kind) {
      case 'init': {
        const end = this.#client(packet.clientId, toHex(packet.nonce));
        this.#put('version', version);
        this.#put('nonce', toHex(packet.nonce));
        this.#connection(end.watched, 1);
        this.#put('cookie.length', packet.cookie?.length ?? 0);
        if (packet.cookie !== undefined) this.#put('cookie', toHex(packet.cookie));
        this.#parameters(packet.parameters);
        if (packet.packetNumber === undefined) return;
        this.#put('number', packet.packetNumber);
        this.#note(end.watched.toServer, packet.packetNumber);
        this.#reader.openFrames(datagram, packet.framesStart, datagram.length, 'numbered');
        this.#frames(datagram, packet.framesStart, end.watched, true, packet.packetNumber);
        return;
      }
      case 'accept': {
        this.#put('version', version);
        this.#put('server', packet.serverId);
        this.#put('reset_token', toHex(packet.resetToken));
        this.#parameters(packet.parameters);
        const { watched } = this.#end(packet.clientId);
        this.#ends.set(packet.serverId, { watched, isToServer: true });
        this.#connection(watched, 0);
        this.#reader.openFrames(datagram, packet.framesStart, datagram.length, 'unnumbered');
        this.#frames(datagram, packet.framesStart, watched, false, undefined);
        return;
      }
      case 'retry':
        this.#put('version', version);
        this.#put('nonce', toHex(packet.nonce));
        this.#put('cookie', toHex(packet.cookie));
        break;
      case 'reset':
        this.#put('reset_token', toHex(packet.resetToken));
        break;
      case 'version':
        this.#put('nonce', toHex(packet.nonce));
        this.#put('versions.count', packet.versions.length);
        this.#put('versions.version', ...packet.versions);
        break;
      case 'otherVersion':
        this.#put('version', packet.version);
        this.#put('nonce', toHex(packet.nonce));
        if (datagram.length > 14) this.#put('undecoded', toHex(datagram.subarray(14)));
        return;
    }
    const known = this.#ends.get('clientId' in packet ? packet.clientId : packet.receiverId);
    if (known !== undefined) this.#connection(known.watched, known.isToServer ? 1 : 0);
  }

  #short(datagram: Uint8Array): void {
    const reader = this.#reader;
    if (!reader.openShort(datagram)) throw new Error(`no packet: ${toHex(datagram)}`);
    const flags = datagram[0] as number;
    this.seen.add('short');
    this.#put('flags', flags);
    this.#put('flags.long', 0);
    this.#put('flags.ask_now', flags & SHORT.askNow ? 1 : 0);
    this.#put('flags.numbered', flags & SHORT.numbered ? 1 : 0);
    this.#put('flags.number_bytes', (flags & SHORT.numberBytes) >> NUMBER_BYTES_SHIFT);
    this.#put('flags.reserved', 0);
    this.#put('receiver', reader.receiverId);
    const { watched, isToServer } = this.#end(reader.receiverId);
    this.#connection(watched, isToServer ? 1 : 0);
    let number: number | undefined;
    if (reader.isNumbered) {
      const side = isToServer ? watched.toServer : watched.toClient;
      number = expand(reader.number, reader.numberBytes, side.expected);
      this.#put('number.sent', reader.number);
      this.#put('number', number);
      this.#note(side, number);
    }
    this.#frames(datagram, 5 + reader.numberBytes, watched, isToServer, number);
  }

  #frames(
    datagram: Uint8Array,
    framesStart: number,
    watched: Watched,
    isToServer: boolean,
    number: number | undefined,
  ): void {
    const reader = this.#reader;
    const [side, other] = isToServer
      ? [watched.toServer, watched.toClient]
      : [watched.toClient, watched.toServer];
    reader.nextOwnNumber = other.expected;
    let at = framesStart;
    let sequence = -1;
    while (reader.next()) {
      const type = datagram[at] as number;
      this.#put('frame', type);
      this.seen.add(nameOf(reader.type));
      // The protected part ends with the frame that was read last, but for PADDING.
      at = reader.type === FRAME.padding ? at + reader.count : reader.protectedEnd;
      switch (reader.type) {
        case FRAME.padding:
          this.#put('padding.count', reader.count);
          break;
        case FRAME.ack:
          this.#ack(type, other);
          break;
        case FRAME.pathChallenge:
          this.#put('path_challenge.data', toHex(reader.nonce));
          break;
        case FRAME.pathResponse:
          this.#put('path_response.data', toHex(reader.nonce));
          break;
        case FRAME.close:
          this.#put('close.code', reader.code);
          this.#put('close.reason.length', new TextEncoder().encode(reader.reason).length);
          this.#put('close.reason', reader.reason);
          break;
        case FRAME.maxData:
          this.#put('max_data.limit', reader.limit);
          break;
        case FRAME.end:
          this.#put('end.messages', reader.messages);
          break;
        case FRAME.message:
          sequence = this.#message(type, watched, side, sequence);
          break;
        case FRAME.repair:
          this.#put('repair.equal_lengths', reader.repairEqualLengths ? 1 : 0);
          this.#put('repair.window', reader.repairWindow - 1);
          this.#put('repair.symbol', toHex(reader.repairSymbol));
          if (number !== undefined && number > 0) {
            this.#put('repair.from', Math.max(0, number - reader.repairWindow));
            this.#put('repair.to', number - 1);
          }
      }
    }
    const covered = reader.protectedEnd - reader.protectedStart;
    if (number !== undefined && covered > 0) this.#put('protected', covered);
  }

  #ack(type: number, other: Side): void {
    const reader = this.#reader;
    this.#put('ack.largest.sent', reader.largest % 2 ** 32);
    this.#put('ack.largest', reader.largest);
    this.#put('ack.delay', reader.delayUs);
    this.#put('ack.count', reader.rangeCount - 1);
    for (let index = 0; index < reader.rangeCount; index++) {
      const [from, to] = [reader.rangeStart(index), reader.rangeEnd(index)];
      if (index > 0) this.#put('ack.gap', reader.rangeStart(index - 1) - to - 2);
      this.#put('ack.length', to - from);
      this.#put('ack.from', from);
      this.#put('ack.to', to);
    }
    if ((type & ACK_REPAIRED) !== 0) this.#put('ack.repaired', reader.repaired ?? -1);
    const acknowledged = other.packets.get(reader.largest);
    if (acknowledged === undefined) return;
    this.#put('ack.frame', acknowledged.frame);
    this.#put('ack.time', Math.round((this.#atUs - acknowledged.atUs) * 1_000) / 1e9);
  }

  #message(type: number, watched: Watched, side: Side, before: number): number {
    const reader = this.#reader;
    const { channel, data, offset, total, isFragment } = reader;
    for (const name of ['channel', 'fragment', 'length', 'chained'] as const)
      this.#put(`message.flags.${name}`, type & MESSAGE[name] ? 1 : 0);
    this.#put('message.flags.sequence', type & MESSAGE.sequence);
    if ((type & MESSAGE.channel) !== 0) {
      this.#put('message.channel', channel);
      this.#put('message.kind', channel >> 6);
      this.#put('message.id', channel & 0x3f);
    }
    const expected = side.channels.get(channel) ?? 0;
    const sequence = reader.chained ? before + 1 : expand(reader.sequence, reader.sequenceBytes, expected);
    if (!reader.chained) this.#put('message.sequence.sent', reader.sequence);
    this.#put('message.sequence', sequence);
    side.channels.set(channel, Math.max(expected, sequence + 1));
    if (isFragment) {
      this.seen.add('fragment');
      this.#put('message.offset', offset);
      this.#put('message.total', total);
    }
    if ((type & MESSAGE.length) !== 0) this.#put('message.length', data.length);
    if (data.length > 0) this.#put('message.data', toHex(data));
    const place = `${channel}:${sequence}:${offset}`;
    const first = side.sent.get(place);
    if (first === undefined) side.sent.set(place, this.#frame);
    else this.#put('message.first_frame', first);
    const whole = isFragment ? this.#putTogether(side, `${channel}:${sequence}`, reader) : data;
    if (channel === 0 && whole !== undefined && whole.length > 0) this.#carried(whole, watched);
    return sequence;
  }

  #putTogether(side: Side, key: string, { offset, total, data }: FrameReader): Uint8Array | undefined {
    let made = side.fragments.get(key);
    if (made === undefined) {
      made = { bytes: new Uint8Array(total), has: new Set(), count: 0, isDone: false };
      side.fragments.set(key, made);
    }
    if (made.isDone) return undefined;
    made.bytes.set(data, offset);
    for (let at = offset; at < offset + data.length; at++) made.has.add(at);
    made.count++;
    if (made.has.size < total) return undefined;
    made.isDone = true;
    made.has.clear();
    this.#put('message.fragments', made.count);
    return made.bytes;
  }

  #carried(message: Uint8Array, watched: Watched): void {
    // The length, HELLO, and its magic.
    watched.isTelemetry ||= new TextDecoder().decode(message.subarray(2, 6)) === 'SWIR';
    if (watched.isTelemetry) expectFrames(message, 0, watched.session, this.#shown);
  }

  #note(side: Side, number: number): void {
    const first = side.packets.get(number);
    if (first !== undefined) this.#put('number.first_frame', first.frame);
    else side.packets.set(number, { frame: this.#frame, atUs: this.#atUs });
    side.expected = Math.max(side.expected, number + 1);
  }

  #connection(watched: Watched, fromClient: number): void {
    this.#put('connection', watched.index);
    this.#put('from_client', fromClient);
  }

  #parameters(parameters: ConnectionParameters): void {
    let length = 0;
    PARAMETER_NAMES.forEach((name, index) => {
      const value = parameters[name];
      if (value === DEFAULT_PARAMETERS[name]) return;
      this.#put('parameter.id', index + 1);
      this.#put('parameter.length', varintLength(value));
      this.#put('parameter.value', value);
      length += 2 + varintLength(value);
    });
    this.#put('parameters.length', length);
  }

  #client(id: number, nonce: string): { readonly watched: Watched } {
    const known = this.#ends.get(id);
    if (known?.watched.nonce === nonce) return known;
    const watched = {
      index: this.#connections++,
      nonce,
      toServer: newSide(),
      toClient: newSide(),
      session: new KnownSession(),
      isTelemetry: false,
    };
    const end = { watched, isToServer: false };
    this.#ends.set(id, end);
    return end;
  }

  #end(id: number): { readonly watched: Watched; readonly isToServer: boolean } {
    const end = this.#ends.get(id);
    if (end === undefined) throw new Error(`nobody is ${id.toString(16)}`);
    return end;
  }
}

function nameOf(type: number): string {
  return Object.entries(FRAME).find(([, value]) => value === type)?.[0] ?? String(type);
}
