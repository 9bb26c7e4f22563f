/**
 * SENSOR and SENSORS-KNOWN: what the sender's sensors are, said once.
 */
import type { ByteReader } from '../../bytes/reader.ts';
import type { ByteWriter } from '../../bytes/writer.ts';
import { FormatError } from '../../errors/errors.ts';
import { SENSOR_LIMITS, sensorProblem } from '../../readings/sensor-info.ts';
import { MESSAGE, type SensorAnnouncement, TYPE_CODES } from './types.ts';

export function writeSensor(writer: ByteWriter, { id, info }: SensorAnnouncement): void {
  writer.u8(MESSAGE.sensor);
  writer.varint(id);
  writer.u8(TYPE_CODES.indexOf(info.type));
  writer.f64(info.scale);
  writer.f64(info.offset);
  writer.f64(info.rateHz);
  writer.text(info.name);
  writer.text(info.unit);
}

export function readSensor(reader: ByteReader): SensorAnnouncement {
  const start = reader.position;
  const id = reader.varint();
  const type = TYPE_CODES[reader.u8()];
  if (type === undefined) throw new FormatError('a sensor of an unknown type', start);
  const info = {
    type,
    scale: reader.f64(),
    offset: reader.f64(),
    rateHz: reader.f64(),
    name: reader.text(SENSOR_LIMITS.nameBytes),
    unit: reader.text(SENSOR_LIMITS.unitBytes),
  };
  reader.end();
  const problem = sensorProblem(info);
  if (problem !== undefined) throw new FormatError(`a sensor that cannot be: ${problem}`, start);
  return { id, info };
}

export function writeSensorsKnown(writer: ByteWriter, count: number): void {
  writer.u8(MESSAGE.sensorsKnown);
  writer.varint(count);
}

export function readSensorsKnown(reader: ByteReader): number {
  const count = reader.varint();
  reader.end();
  return count;
}
