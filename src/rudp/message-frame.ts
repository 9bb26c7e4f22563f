/**
 * What a MESSAGE frame holds, and how many bytes it takes (docs/RELIABLE-UDP.md section 3).
 */
import { varintLength } from './put.ts';

/** The fields of a MESSAGE that decide how long it is. */
export interface MessageHead {
  /** `kk iiiiii`: kind and id. Channel 0 needs no byte. */
  readonly channel: number;
  /** Lowest bytes of the sequence number that are sent, 1 to 4. */
  readonly sequenceBytes: number;
  /** True where the MESSAGE before in this packet has the sequence before, in the same channel: no number is sent then. */
  readonly chained: boolean;
  /** Where a fragment's bytes stand in its message; undefined for a whole message. */
  readonly offset?: number | undefined;
  /** Bytes of the message that a fragment belongs to; undefined for a whole message. */
  readonly total?: number | undefined;
  /** False only for the last frame of a packet: its data then takes the rest. */
  readonly withLength: boolean;
}

/** A MESSAGE to be written: `data[dataStart..dataEnd)`. */
export interface MessageFrame extends MessageHead {
  /** The whole sequence number. */
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** Bytes that a MESSAGE takes in front of so many bytes of data. */
export function messageOverhead(head: MessageHead, dataBytes: number): number {
  return fixedOverhead(head) + (head.withLength ? varintLength(dataBytes) : 0);
}

/** The most bytes of data that a MESSAGE can hold within `room` bytes; below 0 where not even an empty one fits. */
export function messageRoom(head: MessageHead, room: number): number {
  const rest = room - fixedOverhead(head);
  if (!head.withLength) return rest;
  let lengthBytes = 1;
  while (varintLength(rest - lengthBytes) > lengthBytes) lengthBytes++;
  return rest - lengthBytes;
}

function fixedOverhead({ channel, sequenceBytes, chained, offset, total }: MessageHead): number {
  const fragment = total === undefined ? 0 : varintLength(offset ?? 0) + varintLength(total);
  return 1 + (channel === 0 ? 0 : 1) + (chained ? 0 : sequenceBytes) + fragment;
}
