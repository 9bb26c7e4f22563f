export { type Address, DEFAULT_PORT, formatAddress, parseAddress } from './address.ts';
export type { Connection, ConnectionHandlers, Listener, OnConnection } from './connection.ts';
export { connectTo, listenAt } from './open.ts';
export { holderOfPort, type PortHolder } from './port-holder.ts';
