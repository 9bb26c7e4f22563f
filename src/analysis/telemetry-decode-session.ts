/**
 * A telemetry session as a capture shows it: what HELLO and SENSOR have said, and counts of what came after. Values are decoded
 * for the first readings of each sensor only; who wants all of them walks the messages (`telemetry-decode-message.ts`).
 */
import { ByteReader } from '../bytes/reader.ts';
import { FormatError, RemoteProtocolError } from '../errors/errors.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { MOST_SENSORS } from '../telemetry/limits.ts';
import { readHello } from '../telemetry/messages/handshake.ts';
import { readReadingsHead } from '../telemetry/messages/readings.ts';
import { readSensor } from '../telemetry/messages/sensor.ts';
import { MESSAGE } from '../telemetry/messages/types.ts';
import { FieldTree } from './frame-detail-fields.ts';
import type { FrameRange } from './safety.ts';
import { messageName, walkFrame } from './telemetry-decode-message.ts';
import { OwnCounts, PART, partOfMessage } from './telemetry-decode-parts.ts';
import { placesIn, type Stretch } from './telemetry-decode-places.ts';
import type { DecodedReading, ReadingContext } from './telemetry-decode-readings.ts';
import { counted } from './words.ts';

/** Readings that are kept as examples: of each sensor, and in all. */
const EXAMPLES_OF_SENSOR = 2;
const MOST_EXAMPLES = 16;

/** Messages that are told in words: as many as a ladder begins with, several in a frame. */
const MOST_TOLD = 32;

/** A reading's number of so many bytes, type and sensor counted, is below 2^49. */
const MOST_FAST_NUMBER = 8;

/** A reading that can be pointed at. */
export interface ReadingExample extends DecodedReading {
  readonly side: 0 | 1;
  readonly places: readonly FrameRange[];
}

/** Looks at messages before the session takes them. */
export interface MessageTap {
  onMessage:
    | ((
        bytes: Uint8Array,
        start: number,
        bodyStart: number,
        end: number,
        stretches: readonly Stretch[],
        session: TelemetrySession,
      ) => void)
    | undefined;
}

export class TelemetrySession implements ReadingContext {
  epochUs: number | undefined = undefined;
  /** Of the sender; undefined: HELLO is not in the capture. */
  source: string | undefined = undefined;
  /** Highest version that the sender speaks. */
  version: number | undefined = undefined;
  readings = 0;
  messages = 0;
  /** Of the conversation that the next messages come in: a connection of reliable UDP may go on from another address. */
  counts: OwnCounts = new OwnCounts();
  readonly examples: ReadingExample[] = [];
  /** What the first messages say, in a few words, by the frame that completes them. */
  readonly told: Map<number, string> = new Map();
  readonly #sensors = new Map<number, SensorInfo>();
  readonly #tap: MessageTap | undefined;
  #session = '';
  /** Of the message that was taken last: what it is for. */
  lastPart: number = PART.session;
  /** Of the readings that were taken last. */
  #sensor = 0;
  #headEnd = 0;

  constructor(tap?: MessageTap) {
    this.#tap = tap;
  }

  sensor(id: number): SensorInfo | undefined {
    return this.#sensors.get(id);
  }

  /** Name of the sensor whose readings were taken last. */
  get lastSensor(): string {
    return this.#sensors.get(this.#sensor)?.name ?? '';
  }

  get sensorNames(): readonly string[] {
    return Array.from(this.#sensors.values(), ({ name }) => name);
  }

  /**
   * Takes a frame: the length from `start` on, the message from `bodyStart` to `end`.
   * @param stretches where `bytes` come from
   * @returns the number of readings in it
   */
  take(
    bytes: Uint8Array,
    start: number,
    bodyStart: number,
    end: number,
    side: 0 | 1,
    stretches: readonly Stretch[],
  ): number {
    this.messages++;
    this.#tap?.onMessage?.(bytes, start, bodyStart, end, stretches, this);
    const type = bytes[bodyStart] as number;
    if (type !== MESSAGE.reading && type !== MESSAGE.readings) {
      this.lastPart = partOfMessage(type);
      this.counts.add(this.lastPart, end - start);
      if (type === MESSAGE.hello || type === MESSAGE.sensor)
        this.#learn(type, new ByteReader(bytes, bodyStart + 1, end));
      if (this.messages <= MOST_TOLD) this.#tell(stretches, this.#textOf(type));
      return 0;
    }
    this.lastPart = PART.readingHead;
    const count = this.#readHead(bytes, bodyStart, end);
    this.counts.add(PART.readingHead, this.#headEnd - start);
    this.readings += count;
    this.counts.readings += count;
    const isExample = count > 0 && this.#wantsExample(this.#sensor);
    if (!isExample && this.messages > MOST_TOLD) return count;
    const readings = walkFrame(bytes, start, bodyStart, end, new FieldTree(), this);
    const [first] = readings;
    if (isExample && first !== undefined)
      this.examples.push({ ...first, side, places: placesIn(stretches, first.start, first.end) });
    if (this.messages <= MOST_TOLD) this.#tell(stretches, readingsText(readings, count));
    return count;
  }

  /** Frames that complete several messages name all of them. */
  #tell(stretches: readonly Stretch[], text: string): void {
    const frame = stretches.at(-1)?.frame ?? 0;
    const before = this.told.get(frame);
    this.told.set(frame, before === undefined ? text : `${before}, ${text}`);
  }

  #textOf(type: number): string {
    const name = messageName(type);
    if (type === MESSAGE.hello) return `${name} of ${this.source ?? '?'}`;
    if (type === MESSAGE.sensor) return `${name} ${Array.from(this.#sensors.values()).at(-1)?.name ?? '?'}`;
    return name;
  }

  /** The number of readings, and where their head ends; 0 where it is malformed, and then all of it is head. */
  #readHead(bytes: Uint8Array, bodyStart: number, end: number): number {
    const [sensor = 0x80, number = 0x80] = [bytes[bodyStart + 1], bytes[bodyStart + 2]];
    // Most are short: a reader for each would cost more than all else.
    if (bytes[bodyStart] === MESSAGE.reading && sensor < 0x80 && bodyStart + 3 < end) {
      let at = bodyStart + 2;
      let last = number;
      while (last >= 0x80 && at + 1 < end) last = bytes[++at] as number;
      if (last > 0 && last < 0x80 && at - bodyStart <= MOST_FAST_NUMBER) {
        this.#sensor = sensor;
        this.#headEnd = at + 1;
        return 1;
      }
    }
    return this.#readAnyHead(new ByteReader(bytes, bodyStart + 1, end), bytes[bodyStart] as number, end);
  }

  #readAnyHead(reader: ByteReader, type: number, end: number): number {
    this.#headEnd = end;
    try {
      const { sensor, count } = readReadingsHead(reader, type);
      this.#sensor = sensor;
      this.#headEnd = reader.position;
      return count;
    } catch (error) {
      // What is malformed is told where the frame is shown; here it only counts.
      if (error instanceof FormatError) return 0;
      throw error;
    }
  }

  #learn(type: number, reader: ByteReader): void {
    try {
      if (type === MESSAGE.hello) this.#takeHello(reader);
      else this.#takeSensor(reader);
    } catch (error) {
      if (!(error instanceof FormatError) && !(error instanceof RemoteProtocolError)) throw error;
    }
  }

  #takeHello(reader: ByteReader): void {
    const { session, epochUs, source, highestVersion } = readHello(reader);
    this.epochUs = epochUs;
    this.source = source;
    this.version = highestVersion;
    if (session !== this.#session) this.#sensors.clear();
    this.#session = session;
  }

  #takeSensor(reader: ByteReader): void {
    const { id, info } = readSensor(reader);
    if (this.#sensors.size < MOST_SENSORS || this.#sensors.has(id)) this.#sensors.set(id, info);
  }

  #wantsExample(sensor: number): boolean {
    if (this.examples.length >= MOST_EXAMPLES || !this.#sensors.has(sensor)) return false;
    return this.examples.filter(example => example.sensor === sensor).length < EXAMPLES_OF_SENSOR;
  }
}

/** `cpu 12: 21.4 °C`, `cpu 12: 21.4 °C and 8 more`. */
function readingsText(readings: readonly DecodedReading[], count: number): string {
  const [first] = readings;
  if (first === undefined) return counted(count, 'reading');
  const more = readings.length > 1 ? ` and ${readings.length - 1} more` : '';
  return `${first.name} ${first.number}: ${first.text}${more}`;
}
