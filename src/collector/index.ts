export {
  Collector,
  type CollectorEnd,
  type CollectorNotice,
  type CollectorOptions,
  type CommandAnswer,
  type SensorCommand,
} from './collector.ts';
export type { CollectorSnapshot, OneWayClock } from './statistics.ts';
