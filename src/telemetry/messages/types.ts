/**
 * The messages of docs/PROTOCOL.md section 3 as values, and the numbers that stand for them on the wire.
 *
 * READING and READINGS have no type here: they are decoded straight into columns (`readings.ts`).
 */
import type { ReadingType, SensorInfo } from '../../readings/sensor-info.ts';

/** The first byte of each message. */
export const MESSAGE = {
  hello: 0x01,
  sensor: 0x02,
  reading: 0x03,
  readings: 0x04,
  clockRequest: 0x05,
  commandResult: 0x06,
  bye: 0x07,
  clockDrift: 0x40,
  error: 0x7f,
  welcome: 0x81,
  delivered: 0x82,
  stored: 0x83,
  clockReply: 0x84,
  command: 0x85,
  sensorsKnown: 0x86,
} as const;

/** True for message types that an end may skip when it does not know them. */
export function isExtension(type: number): boolean {
  return (type & 0x7f) >= 0x40 && (type & 0x7f) <= 0x5f;
}

/** The codes of ERROR. */
export const ERROR_CODE = {
  version: 1,
  malformed: 2,
  unexpected: 3,
  tooLarge: 4,
  limit: 5,
  unknownSession: 6,
  superseded: 7,
  storeFailed: 8,
  complete: 9,
  shuttingDown: 10,
  timeout: 11,
} as const;

/** The names of the codes, as in docs/PROTOCOL.md. */
export function errorName(code: number): string {
  const name = Object.entries(ERROR_CODE).find(([, value]) => value === code)?.[0];
  return name === undefined ? `ERROR ${code}` : name.replace(/[A-Z]/g, letter => `-${letter}`).toUpperCase();
}

/** The numbers of reading types on the wire are their places in this list. */
export const TYPE_CODES: readonly ReadingType[] = [
  'bool',
  'int',
  'uint',
  'float32',
  'float64',
  'text',
  'bytes',
];

export interface Hello {
  readonly lowestVersion: number;
  readonly highestVersion: number;
  /** 32 hexadecimal digits. */
  readonly session: string;
  readonly epochUs: number;
  readonly from: number;
  readonly source: string;
}

export interface SensorAnnouncement {
  readonly id: number;
  readonly info: SensorInfo;
}

export interface ClockRequest {
  readonly sentUs: number;
  /** What the sender thinks the collector's clock is ahead by. */
  readonly offsetUs: number;
  /** 0: no estimate yet. */
  readonly uncertaintyUs: number;
}

export interface CommandResult {
  readonly command: number;
  readonly status: number;
  readonly reason: string;
}

export interface Bye {
  readonly next: number;
  readonly dropped: number;
}

export interface ErrorMessage {
  readonly code: number;
  readonly reason: string;
}

export interface Welcome {
  readonly version: number;
  readonly tag: number;
  readonly position: number;
  readonly missing: number;
  readonly mostMessageBytes: number;
  readonly mostSensors: number;
}

/** The body of DELIVERED and of STORED: of the readings below `upTo`, all but `missing`. */
export interface Acknowledgement {
  readonly upTo: number;
  readonly missing: number;
}

export interface ClockReply {
  readonly sentUs: number;
  readonly arrivedUs: number;
  readonly answeredUs: number;
}

export const COMMAND_ACTION = { rate: 1, pause: 2, resume: 3 } as const;
export const COMMAND_STATUS = { done: 0, unknownSensor: 1, impossible: 2 } as const;

export interface Command {
  readonly command: number;
  readonly action: number;
  /** Undefined: all of them. */
  readonly sensor: number | undefined;
  readonly rateHz: number;
}
