export type { ClockOffset } from './clock-estimate.ts';
export {
  type ArrivalCounters,
  CollectorSession,
  type CollectorSessionEvent,
  type CollectorSessionOptions,
  errorDatagram,
} from './collector-session.ts';
export { datagramTag } from './framing.ts';
export { type Instant, instant } from './instant.ts';
export {
  type Acknowledgement,
  COMMAND_ACTION,
  COMMAND_STATUS,
  type Command,
  type CommandResult,
  ERROR_CODE,
  errorName,
  type Hello,
} from './messages/types.ts';
export {
  type Form,
  SensorSession,
  type SensorSessionEvent,
  type SensorSessionOptions,
} from './sensor-session.ts';
