export { type InetTableOptions, parseInetTable } from './inet-table.ts';
export { type ByteOrder, decodeAddress } from './ip-address.ts';
export { dropsAtPort, socketsAtPort } from './own-port.ts';
export { findOwners, type OwnerScan, type OwnerScanOptions, type SocketOwner } from './owners.ts';
export { type ReadOptions, readSocketTables } from './read-tables.ts';
export { compareSockets } from './select.ts';
export {
  type Endpoint,
  type Family,
  type InetSocket,
  keyOf,
  type ParsedTable,
  type Protocol,
  type SocketEntry,
  type SocketTimer,
  type TimerKind,
  type UnixSocket,
  uniqueSockets,
} from './socket-entry.ts';
export { parseStates, type SocketState } from './states.ts';
export type { Direction } from './tcp-life.ts';
export { Timeline, type Transition, type TransitionKind } from './timeline.ts';
export { parseUnixTable } from './unix-table.ts';
export { readUserNames } from './users.ts';
