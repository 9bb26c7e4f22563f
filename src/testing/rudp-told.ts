/**
 * Datagrams of reliable UDP in words, one line each: for dialogues in tests, and for the trace of a simulation.
 *
 *   INIT, INIT cookie #0 [MESSAGE 0 "a"], A #3 [ACK 0-2, MESSAGE 5 "x", REPAIR 6], - [ACK 0-7 9-9]
 */
import { toHex } from '../bytes/hex.ts';
import { FrameReader } from '../rudp/frame-reader.ts';
import { FRAME } from '../rudp/layout.ts';
import { isLong, readLongPacket } from '../rudp/long-packets.ts';

/** Data is told up to so many bytes, where it is text. */
const MOST_DATA = 12;

/** @throws FormatError where it is no packet */
export function toldPacket(datagram: Uint8Array): string {
  const reader = new FrameReader();
  if (isLong(datagram)) {
    const packet = readLongPacket(datagram);
    switch (packet.kind) {
      case 'init': {
        if (packet.cookie === undefined) return 'INIT';
        reader.openFrames(datagram, packet.framesStart, datagram.length, 'numbered');
        return `INIT cookie #${packet.packetNumber}${toldFrames(reader)}`;
      }
      case 'accept':
        reader.openFrames(datagram, packet.framesStart, datagram.length, 'unnumbered');
        return `ACCEPT${toldFrames(reader)}`;
      case 'version':
        return `VERSION ${packet.versions.join(' ')}`;
      case 'otherVersion':
        return `INIT of version ${packet.version}`;
      default:
        return packet.kind.toUpperCase();
    }
  }
  if (!reader.openShort(datagram)) return `no packet: ${toHex(datagram)}`;
  const head = reader.isNumbered ? `${reader.asksNow ? 'A ' : ''}#${reader.number}` : '-';
  return `${head}${toldFrames(reader)}`;
}

function toldFrames(reader: FrameReader): string {
  const frames: string[] = [];
  while (reader.next()) frames.push(toldFrame(reader));
  return frames.length === 0 ? '' : ` [${frames.join(', ')}]`;
}

function toldFrame(reader: FrameReader): string {
  switch (reader.type) {
    case FRAME.padding:
      return `PADDING ${reader.count}`;
    case FRAME.ping:
      return 'PING';
    case FRAME.ack: {
      const ranges = Array.from(
        { length: reader.rangeCount },
        (_, index) => `${reader.rangeStart(index)}-${reader.rangeEnd(index)}`,
      );
      const repaired = reader.repaired === undefined ? '' : ` repaired ${reader.repaired}`;
      return `ACK ${ranges.reverse().join(' ')}${repaired}`;
    }
    case FRAME.pathChallenge:
      return 'PATH_CHALLENGE';
    case FRAME.pathResponse:
      return 'PATH_RESPONSE';
    case FRAME.close:
      return `CLOSE ${reader.code}${reader.reason === '' ? '' : ` ${JSON.stringify(reader.reason)}`}`;
    case FRAME.maxData:
      return `MAX_DATA ${reader.limit}`;
    case FRAME.end:
      return `END ${reader.messages}`;
    case FRAME.message:
      return `MESSAGE ${toldMessage(reader)}`;
    case FRAME.repair:
      return `REPAIR ${reader.repairWindow}`;
  }
}

function toldMessage({ channel, chained, sequence, isFragment, offset, total, data }: FrameReader): string {
  const where = channel === 0 ? '' : `${channel}:`;
  const number = chained ? '+' : sequence;
  const part = isFragment ? ` ${offset}/${total}` : '';
  const isText = data.length <= MOST_DATA && data.every(byte => byte >= 0x20 && byte < 0x7f);
  const text = isText ? JSON.stringify(String.fromCharCode(...data)) : `${data.length} bytes`;
  return `${where}${number}${part} ${text}`;
}
