export type { ErrorCode } from './codes.ts';
export {
  type EnvironmentErrorOptions,
  FormatError,
  InternalError,
  NetworkError,
  RemoteProtocolError,
  SensewireError,
  type SensewireErrorOptions,
  SensorError,
  StoreError,
  UsageError,
} from './errors.ts';
