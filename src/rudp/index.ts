export { Connection } from './connection.ts';
export { CLOSE_CODE, type ConnectionEvent, type ConnectionStatistics } from './connection-events.ts';
export type { ConnectionOptions, ConnectionState, Transmit } from './connection-types.ts';
export { Endpoint, type EndpointCounters, type EndpointOptions } from './endpoint.ts';
export { type ConnectionParameters, DEFAULT_PARAMETERS } from './parameters.ts';
export type { Delivered } from './receive-queue.ts';
export type { RepairOption } from './repair-policy.ts';
