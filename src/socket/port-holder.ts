/**
 * Which process holds a port, where Linux tells.
 */
import { socketsAtPort } from '../sockettable/own-port.ts';
import { findOwners } from '../sockettable/owners.ts';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** The process that listens on a port (or, UDP, has it bound); undefined where the system does not tell. */
export function holderOfPort(transport: 'tcp' | 'udp', port: number): PortHolder | undefined {
  const holding = socketsAtPort(transport, port).filter(
    ({ state }) => transport === 'udp' || state === 'LISTEN',
  );
  const { owners } = findOwners(new Set(holding.map(({ inode }) => inode)));
  const [first] = [...owners.values()].flat();
  return first && { pid: first.pid, name: first.command };
}
