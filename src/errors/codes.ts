/**
 * Every stable error code, with who must act.
 *
 * Callers compare codes, not classes; `docs/errors.md` explains each one and a test keeps the two in step.
 */
export type ErrorCode =
  // The caller: a wrong argument, format, address or option.
  | 'SW_USAGE'
  | 'SW_BAD_URL'
  | 'SW_BAD_DURATION'
  | 'SW_BAD_RATE'
  | 'SW_BAD_SIZE'
  | 'SW_BAD_SENSOR'
  | 'SW_BAD_STORE'
  | 'SW_BAD_READING'
  | 'SW_BAD_LINK'
  | 'SW_BAD_FILTER'
  | 'SW_STRUCT_FORMAT'
  | 'SW_STRUCT_VALUE'
  | 'SW_STRUCT_BUFFER'
  | 'SW_CLOSED'
  | 'SW_SOCKET_STATE'
  | 'SW_SOCKET_UNSUPPORTED'
  | 'SW_LIMIT'
  // The peer: it broke the protocol, or refused us.
  | 'SW_PROTOCOL'
  | 'SW_REFUSED_BY_PEER'
  // The environment: network, disk, rights.
  | 'SW_ADDRESS_IN_USE'
  | 'SW_ADDRESS_NOT_AVAILABLE'
  | 'SW_PERMISSION'
  | 'SW_UNKNOWN_HOST'
  | 'SW_UNREACHABLE'
  | 'SW_TIMEOUT'
  | 'SW_END_OF_STREAM'
  | 'SW_CERTIFICATE'
  | 'SW_NO_SOCKET_TABLES'
  | 'SW_NETWORK'
  | 'SW_STORE_FULL'
  | 'SW_STORE_READ_ONLY'
  | 'SW_STORE_BUSY'
  | 'SW_STORE_DAMAGED'
  | 'SW_STORE_FAILED'
  | 'SW_SENSOR_FAILED'
  // A file or buffer that is not what it says it is.
  | 'SW_FORMAT'
  // Us.
  | 'SW_INTERNAL';
