/**
 * Services and their ports, as services(5) lists them: which port `http` is, and what port 80 is for.
 */
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors/errors.ts';

/** Where the list is, on Linux and other Unix systems. */
const SERVICES_PATH = '/etc/services';
/** Ports below this are for programs with rights (ip(7), ip_unprivileged_port_start). */
const RESERVED_BELOW = 1_024;
const MOST_PORT = 65_535;

export interface Service {
  readonly name: string;
  readonly port: number;
  /** Such as `tcp`. */
  readonly protocol: string;
  readonly aliases: readonly string[];
}

/** What is known of a port. */
export interface PortInfo {
  readonly port: number;
  readonly services: readonly Service[];
  /** Below 1024: only programs with rights may listen there. */
  readonly isReserved: boolean;
}

/** Lines such as `http 80/tcp www # WorldWideWeb`; others say nothing. */
export function parseServices(text: string): Service[] {
  return text.split('\n').flatMap(line => {
    const [name, portAndProtocol, ...aliases] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const match = /^([0-9]{1,5})\/([a-z0-9-]+)$/.exec(portAndProtocol ?? '');
    const [, port, protocol] = match ?? [];
    if (name === undefined || port === undefined || protocol === undefined) return [];
    return Number(port) > MOST_PORT ? [] : [{ name, port: Number(port), protocol, aliases }];
  });
}

/**
 * @param text a port, or a service's name or alias
 * @throws UsageError SW_USAGE where it is neither
 */
export function findService(text: string, services: readonly Service[] = readServices()): PortInfo {
  const port = /^[0-9]+$/.test(text)
    ? Number(text)
    : services.find(({ name, aliases }) => name === text || aliases.includes(text))?.port;
  if (port === undefined || port > MOST_PORT) {
    const why =
      port !== undefined
        ? `ports end at ${MOST_PORT}`
        : services.length > 0
          ? `${SERVICES_PATH} has no such service`
          : `there is no ${SERVICES_PATH} here`;
    throw new UsageError('SW_USAGE', `"${text}" is no service: ${why}; give a port, or a name such as http`);
  }
  return {
    port,
    services: services.filter(service => service.port === port),
    isReserved: port < RESERVED_BELOW,
  };
}

function readServices(): Service[] {
  try {
    return parseServices(readFileSync(SERVICES_PATH, 'utf8'));
  } catch {
    return [];
  }
}
