/**
 * The small messages: acknowledgements, clock exchange, commands, the end of a session, errors.
 */
import type { ByteReader } from '../../bytes/reader.ts';
import type { ByteWriter } from '../../bytes/writer.ts';
import { FormatError } from '../../errors/errors.ts';
import { MOST_REASON_BYTES } from '../limits.ts';
import {
  type Acknowledgement,
  type Bye,
  type ClockReply,
  type ClockRequest,
  COMMAND_ACTION,
  COMMAND_STATUS,
  type Command,
  type CommandResult,
  type ErrorMessage,
  MESSAGE,
} from './types.ts';

const UTF8 = new TextEncoder();
const ELLIPSIS_BYTES = 3;

export function writeAcknowledgement(
  writer: ByteWriter,
  what: 'delivered' | 'stored',
  { upTo, missing }: Acknowledgement,
): void {
  writer.u8(MESSAGE[what]);
  writer.varint(upTo);
  writer.varint(missing);
}

export function readAcknowledgement(reader: ByteReader): Acknowledgement {
  const start = reader.position;
  const acknowledgement = { upTo: reader.varint(), missing: reader.varint() };
  reader.end();
  if (acknowledgement.missing > acknowledgement.upTo)
    throw new FormatError('more readings missing than there are', start);
  return acknowledgement;
}

export function writeClockRequest(writer: ByteWriter, request: ClockRequest): void {
  writer.u8(MESSAGE.clockRequest);
  writer.u64(request.sentUs);
  writer.svarint(request.offsetUs);
  writer.varint(request.uncertaintyUs);
}

export function readClockRequest(reader: ByteReader): ClockRequest {
  const request = { sentUs: reader.u64(), offsetUs: reader.svarint(), uncertaintyUs: reader.varint() };
  reader.end();
  return request;
}

/** How much faster the collector's clock runs, in parts per billion, by the estimate of the CLOCK-REQUEST that follows. */
export function writeClockDrift(writer: ByteWriter, driftPpb: number): void {
  writer.u8(MESSAGE.clockDrift);
  writer.svarint(driftPpb);
}

export function readClockDrift(reader: ByteReader): number {
  const driftPpb = reader.svarint();
  reader.end();
  return driftPpb;
}

export function writeClockReply(writer: ByteWriter, reply: ClockReply): void {
  writer.u8(MESSAGE.clockReply);
  writer.u64(reply.sentUs);
  writer.u64(reply.arrivedUs);
  writer.u64(reply.answeredUs);
}

export function readClockReply(reader: ByteReader): ClockReply {
  const reply = { sentUs: reader.u64(), arrivedUs: reader.u64(), answeredUs: reader.u64() };
  reader.end();
  return reply;
}

export function writeCommand(writer: ByteWriter, command: Command): void {
  writer.u8(MESSAGE.command);
  writer.varint(command.command);
  writer.u8(command.action);
  writer.varint(command.sensor === undefined ? 0 : command.sensor + 1);
  writer.f64(command.rateHz);
}

export function readCommand(reader: ByteReader): Command {
  const start = reader.position;
  const command = reader.varint();
  const action = reader.u8();
  const sensor = reader.varint();
  const rateHz = reader.f64();
  reader.end();
  const known = Object.values<number>(COMMAND_ACTION).includes(action);
  const fits = action === COMMAND_ACTION.rate ? Number.isFinite(rateHz) && rateHz > 0 : rateHz === 0;
  if (!known || !fits) throw new FormatError('a command that is none', start);
  return { command, action, sensor: sensor === 0 ? undefined : sensor - 1, rateHz };
}

export function writeCommandResult(writer: ByteWriter, result: CommandResult): void {
  writer.u8(MESSAGE.commandResult);
  writer.varint(result.command);
  writer.u8(result.status);
  writer.text(shortened(result.reason));
}

export function readCommandResult(reader: ByteReader): CommandResult {
  const start = reader.position;
  const result = { command: reader.varint(), status: reader.u8(), reason: reader.text(MOST_REASON_BYTES) };
  reader.end();
  if (!Object.values<number>(COMMAND_STATUS).includes(result.status))
    throw new FormatError('an unknown status', start);
  return result;
}

export function writeBye(writer: ByteWriter, { next, dropped }: Bye): void {
  writer.u8(MESSAGE.bye);
  writer.varint(next);
  writer.varint(dropped);
}

export function readBye(reader: ByteReader): Bye {
  const bye = { next: reader.varint(), dropped: reader.varint() };
  reader.end();
  return bye;
}

export function writeError(writer: ByteWriter, { code, reason }: ErrorMessage): void {
  writer.u8(MESSAGE.error);
  writer.varint(code);
  writer.text(shortened(reason));
}

export function readError(reader: ByteReader): ErrorMessage {
  const error = { code: reader.varint(), reason: reader.text(MOST_REASON_BYTES) };
  reader.end();
  return error;
}

/** A reason of at most `mostBytes` of UTF-8: cut between two characters, with an ellipsis, where it is longer. */
export function shortened(reason: string, mostBytes: number = MOST_REASON_BYTES): string {
  const { read } = UTF8.encodeInto(reason, new Uint8Array(mostBytes));
  if (read === reason.length) return reason;
  if (mostBytes < ELLIPSIS_BYTES) return '';
  const cut = UTF8.encodeInto(reason, new Uint8Array(mostBytes - ELLIPSIS_BYTES));
  return `${reason.slice(0, cut.read)}…`;
}
