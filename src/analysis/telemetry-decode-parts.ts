/** What the bytes of our own protocols are for, beside the readings and messages that they carry. */
import { MESSAGE } from '../telemetry/messages/types.ts';

/** Indexes of `PART_NAMES`. */
export const PART = {
  rudpHeader: 0,
  rudpMessage: 1,
  rudpAcknowledgement: 2,
  rudpRepair: 3,
  rudpOther: 4,
  datagramHeader: 5,
  readingHead: 6,
  session: 7,
  acknowledgement: 8,
  clock: 9,
  end: 10,
} as const;

export const PART_NAMES: readonly string[] = [
  'reliable UDP: packet headers',
  'reliable UDP: heads of messages',
  'reliable UDP: acknowledgements',
  'reliable UDP: repair symbols',
  'reliable UDP: handshake, limits, probes, close',
  'telemetry: datagram headers',
  'telemetry: heads of readings',
  'telemetry: session and sensors',
  'telemetry: acknowledgements',
  'telemetry: clock and commands',
  'telemetry: end and errors',
];

/** What was counted for one conversation. */
export class OwnCounts {
  /** Bytes beside readings and other programs' messages, by PART. */
  readonly parts: Float64Array = new Float64Array(PART_NAMES.length);
  readings = 0;

  add(part: number, bytes: number): void {
    this.parts[part] = (this.parts[part] as number) + bytes;
  }
}

/** The part that a message other than READING and READINGS belongs to. */
export function partOfMessage(type: number): number {
  switch (type) {
    case MESSAGE.delivered:
    case MESSAGE.stored:
      return PART.acknowledgement;
    case MESSAGE.clockDrift:
    case MESSAGE.clockRequest:
    case MESSAGE.clockReply:
    case MESSAGE.command:
    case MESSAGE.commandResult:
      return PART.clock;
    case MESSAGE.bye:
    case MESSAGE.error:
      return PART.end;
    default:
      return PART.session;
  }
}
