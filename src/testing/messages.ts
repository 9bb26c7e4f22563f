/**
 * Messages for dialogues with one machine: made by hand, and told in a few words.
 */
import type { ByteReader } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { DATAGRAM_HEADER_BYTES, readFrames, writeDatagramHeader, writeFrame } from '../telemetry/framing.ts';
import {
  readAcknowledgement,
  readBye,
  readClockDrift,
  readClockReply,
  readClockRequest,
  readCommand,
  readCommandResult,
  readError,
} from '../telemetry/messages/control.ts';
import { readHello, readWelcome } from '../telemetry/messages/handshake.ts';
import { readReadingsHead } from '../telemetry/messages/readings.ts';
import { readSensor, readSensorsKnown } from '../telemetry/messages/sensor.ts';
import { errorName, MESSAGE } from '../telemetry/messages/types.ts';

/** Writes one message. */
export type Message = (body: ByteWriter) => void;

/** A message of any bytes, its type first. */
export function raw(...bytes: number[]): Message {
  return body => body.bytes(Uint8Array.from(bytes));
}

/** Messages as a piece of a stream. */
export function stream(...messages: readonly Message[]): Uint8Array {
  const writer = new ByteWriter();
  for (const message of messages) writeFrame(writer, message);
  return writer.toBytes();
}

/** Messages as one datagram. */
export function datagram(tag: number, ...messages: readonly Message[]): Uint8Array {
  const writer = new ByteWriter();
  writeDatagramHeader(writer, tag);
  writer.bytes(stream(...messages));
  return writer.toBytes();
}

/** Each message of a piece of a stream that holds whole frames, such as `STORED 5 −1`. */
export function toldStream(bytes: Uint8Array): string[] {
  return told(bytes, 0);
}

/** The tag and each message of a datagram, such as `#7 STORED 5 −1`. */
export function toldDatagram(bytes: Uint8Array): string {
  const tag = ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number);
  return [`#${tag}`, ...told(bytes, DATAGRAM_HEADER_BYTES)].join(' | ');
}

function told(bytes: Uint8Array, start: number): string[] {
  const messages: string[] = [];
  const end = readFrames(bytes, start, (type, body) => messages.push(tellOne(type, body)));
  if (end < bytes.length) messages.push(`and ${bytes.length - end} bytes`);
  return messages;
}

function tellOne(type: number, body: ByteReader): string {
  switch (type) {
    case MESSAGE.hello:
      return `HELLO from ${readHello(body).from}`;
    case MESSAGE.sensor: {
      const { id, info } = readSensor(body);
      return `SENSOR ${id} ${info.name}`;
    }
    case MESSAGE.reading:
    case MESSAGE.readings: {
      const { sensor, number, count } = readReadingsHead(body, type);
      return `READINGS of ${sensor} ${number}+${count}`;
    }
    case MESSAGE.clockRequest: {
      const { offsetUs, uncertaintyUs } = readClockRequest(body);
      return uncertaintyUs === 0 ? 'CLOCK-REQUEST' : `CLOCK-REQUEST ${offsetUs}±${uncertaintyUs}`;
    }
    case MESSAGE.clockDrift:
      return `CLOCK-DRIFT ${readClockDrift(body)}`;
    case MESSAGE.commandResult: {
      const { command, status, reason } = readCommandResult(body);
      return `COMMAND-RESULT ${command} ${status} ${reason}`;
    }
    case MESSAGE.bye: {
      const { next, dropped } = readBye(body);
      return `BYE ${next} dropped ${dropped}`;
    }
    case MESSAGE.error: {
      const { code, reason } = readError(body);
      return `${errorName(code)} ${reason}`;
    }
    case MESSAGE.welcome: {
      const { position, missing } = readWelcome(body);
      return `WELCOME ${position} −${missing}`;
    }
    case MESSAGE.delivered:
    case MESSAGE.stored: {
      const { upTo, missing } = readAcknowledgement(body);
      return `${type === MESSAGE.stored ? 'STORED' : 'DELIVERED'} ${upTo} −${missing}`;
    }
    case MESSAGE.clockReply: {
      const { sentUs, arrivedUs, answeredUs } = readClockReply(body);
      return `CLOCK-REPLY ${sentUs} ${arrivedUs} ${answeredUs}`;
    }
    case MESSAGE.command: {
      const { command, action, sensor } = readCommand(body);
      return `COMMAND ${command} ${action} ${sensor}`;
    }
    case MESSAGE.sensorsKnown:
      return `SENSORS-KNOWN ${readSensorsKnown(body)}`;
    default:
      return `message 0x${type.toString(16)}`;
  }
}
