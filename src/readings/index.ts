export {
  type Batch,
  type Column,
  type RawValue,
  rawProblem,
  sliceBatch,
  toValue,
  type Value,
} from './batch.ts';
export {
  isNumeric,
  LARGEST_WHOLE,
  READING_TYPES,
  type ReadingType,
  SENSOR_LIMITS,
  type SensorInfo,
  sameSensor,
  sensorInfo,
  sensorProblem,
} from './sensor-info.ts';
