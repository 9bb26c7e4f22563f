/**
 * What a sensor says of itself, once: the vocabulary that sensors, protocol and stores share.
 */

/**
 * The largest whole number of an `int` or `uint` reading (and of a time), 2^52 − 1: with one bit to spare for a
 * sign or a difference, every step of the way stays exact in a double.
 */
export const LARGEST_WHOLE: number = 2 ** 52 - 1;

/** The types a reading can have. `int` and `uint` are exact whole numbers up to {@link LARGEST_WHOLE}. */
export const READING_TYPES = ['bool', 'int', 'uint', 'float32', 'float64', 'text', 'bytes'] as const;

/** One of {@link READING_TYPES}. */
export type ReadingType = (typeof READING_TYPES)[number];

/** A sensor's description. Two sensors with equal descriptions from one source are the same sensor. */
export interface SensorInfo {
  /** 1 to {@link SENSOR_LIMITS}.nameBytes bytes of UTF-8 without control characters, such as `tmp36`. */
  readonly name: string;
  /** The unit of the value (not of the raw number), such as `°C`; empty where there is none. */
  readonly unit: string;
  readonly type: ReadingType;
  /** value = raw × scale + offset, for numeric types; 1 and 0 otherwise. Finite, scale not 0. */
  readonly scale: number;
  readonly offset: number;
  /** The rate at which it is meant to be read, hertz; 0 where it has none. */
  readonly rateHz: number;
}

/** How long the texts of a description may be, in bytes of UTF-8. */
export const SENSOR_LIMITS = { nameBytes: 128, unitBytes: 32 } as const;

/** A description with the usual defaults filled in: float64, no unit, scale 1, offset 0, no rate. */
export function sensorInfo(given: Partial<SensorInfo> & { readonly name: string }): SensorInfo {
  return { unit: '', type: 'float64', scale: 1, offset: 0, rateHz: 0, ...given };
}

/** True where two descriptions say the same. */
export function sameSensor(a: SensorInfo, b: SensorInfo): boolean {
  return (
    a.name === b.name &&
    a.unit === b.unit &&
    a.type === b.type &&
    a.scale === b.scale &&
    a.offset === b.offset &&
    a.rateHz === b.rateHz
  );
}

/** Says what is wrong with a description, as the end of a sentence, or undefined where it is right. */
export function sensorProblem(info: SensorInfo): string | undefined {
  const { nameBytes, unitBytes } = SENSOR_LIMITS;
  if (info.name === '' || utf8Length(info.name) > nameBytes)
    return `its name must have 1 to ${nameBytes} bytes`;
  if (utf8Length(info.unit) > unitBytes) return `its unit must have at most ${unitBytes} bytes`;
  if (hasControl(info.name) || hasControl(info.unit))
    return 'its name and unit must have no control characters';
  if (!Number.isFinite(info.scale) || info.scale === 0)
    return 'its scale must be a finite number other than 0';
  if (!Number.isFinite(info.offset)) return 'its offset must be a finite number';
  if (!Number.isFinite(info.rateHz) || info.rateHz < 0)
    return 'its rate must be 0 or a finite number of hertz';
  if (!isNumeric(info.type) && (info.scale !== 1 || info.offset !== 0)) {
    return `a ${info.type} sensor has scale 1 and offset 0`;
  }
  return undefined;
}

/** True for the types whose readings are numbers and take scale and offset. */
export function isNumeric(type: ReadingType): boolean {
  return type === 'int' || type === 'uint' || type === 'float32' || type === 'float64';
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** True where a text has control characters, which no name may have. */
export function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  return /[\u0000-\u001f\u007f-\u009f]/.test(text);
}
