/**
 * Types, bits and fixed lengths of packets and frames: the tables of docs/RELIABLE-UDP.md sections 2 and 3 as constants.
 */

/** The version that this code speaks. */
export const VERSION = 1;

/** Byte 0 of a short packet. */
export const SHORT = { long: 0x80, askNow: 0x40, numbered: 0x20, numberBytes: 0x18, reserved: 0x07 } as const;
/** Places that {@link SHORT}'s `numberBytes` is moved to the left. */
export const NUMBER_BYTES_SHIFT = 3;

/** Byte 0 of long packets. */
export const PACKET = { init: 0x80, retry: 0x81, accept: 0x82, reset: 0x83, version: 0x84 } as const;

export const NONCE_BYTES = 8;
export const COOKIE_BYTES = 20;
export const TOKEN_BYTES = 16;

/** The first byte of frames; ACK, MESSAGE and REPAIR keep flags in its low bits. */
export const FRAME = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  pathChallenge: 0x04,
  pathResponse: 0x05,
  close: 0x06,
  maxData: 0x07,
  end: 0x08,
  message: 0x40,
  repair: 0x80,
} as const;

/** A type of {@link FRAME}, without flags. */
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** ACK's flag: how many packets were recomputed follows the ranges. */
export const ACK_REPAIRED = 0x01;
/** Flags of MESSAGE. */
export const MESSAGE = {
  channel: 0x20,
  fragment: 0x10,
  length: 0x08,
  chained: 0x04,
  sequence: 0x03,
} as const;
/** Flags of REPAIR. */
export const REPAIR = { equalLengths: 0x40, window: 0x0f } as const;

/** ACK's delay is counted in these. */
export const ACK_DELAY_UNIT_US = 64;
/** Ranges of one ACK: they fit 1,200 bytes many times, and what is older matters no more. */
export const MOST_ACK_RANGES = 32;
export const PATH_DATA_BYTES = 8;
/** Bytes of CLOSE's reason: its length is one byte. */
export const MOST_REASON_BYTES = 255;
/** Bytes of a message: the requirement. */
export const MOST_MESSAGE_BYTES: number = 2 ** 20;
/** The highest kind of a channel (bits 7 and 6 of its byte): latest only. */
export const HIGHEST_KIND = 2;
/** Packets that one REPAIR can cover: w − 1 has 4 bits. */
export const MOST_WINDOW = 16;
/** The length in front of a source that stands beside longer ones. */
export const SOURCE_LENGTH_BYTES = 2;
/** The largest datagram of a connection where the peer names no other: Ethernet's 1,500 less IPv4 and UDP. */
export const USUAL_DATAGRAM_BYTES = 1_472;
