/**
 * System errors as messages that say what to do.
 */
import { existsSync, lstatSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { NetworkError } from '../errors/errors.ts';
import { type Address, formatAddress } from './address.ts';
import { holderOfPort } from './port-holder.ts';

/** What we tried when it failed. */
type Attempt = 'listen' | 'connect' | 'use';

/** The system's name of an error, such as ECONNREFUSED; empty where there is none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Turns what Node.js threw into a NetworkError. */
export function networkError(error: unknown, address: Address, attempt: Attempt): NetworkError {
  const code = systemCode(error);
  const where = formatAddress(address);
  switch (code) {
    case 'EADDRINUSE':
      return make('SW_ADDRESS_IN_USE', inUse(address, where));
    case 'EADDRNOTAVAIL':
      if (attempt !== 'listen') {
        const message = `no way to ${where} from here (no free local port, or no address of that family)`;
        return make('SW_UNREACHABLE', message, true);
      }
      return make(
        'SW_ADDRESS_NOT_AVAILABLE',
        `${where} is no address of this machine: use one of ${ownAddresses()}, or * for all`,
      );
    case 'EACCES':
    case 'EPERM':
      if (address.transport === 'unix' && !existsSync(dirname(address.path))) {
        // Node.js says EACCES for a folder that is not there; bind(2) says ENOENT.
        const message = `${where}: there is no folder ${dirname(address.path)}: create it first (ENOENT)`;
        return new NetworkError('SW_ADDRESS_NOT_AVAILABLE', message, { cause: error, errno: 'ENOENT' });
      }
      return make('SW_PERMISSION', permission(address, where, attempt));
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return make(
        'SW_UNKNOWN_HOST',
        `the host of ${where} is not known: check the spelling and the name service, or use its IP address`,
        true,
      );
    case 'ECONNREFUSED':
      return make(
        'SW_UNREACHABLE',
        `nobody listens at ${where}: start the server there first, such as \`sensewire serve echo --listen ${where}\` or \`sensewire collect --listen ${where}\``,
        true,
      );
    case 'ENOENT':
      return make(
        'SW_UNREACHABLE',
        `there is no socket at ${where}: start the server first, such as \`sensewire serve echo --listen ${where}\` or \`sensewire collect --listen ${where}\``,
        true,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return make(
        'SW_UNREACHABLE',
        `${where} does not answer (${code}): check the address, the network and the firewall`,
        true,
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return make('SW_NETWORK', `${where} broke the connection off (${code})`, true);
    case 'EMFILE':
    case 'ENFILE':
      return make(
        'SW_NETWORK',
        `too many open files for ${where}: raise the limit with \`ulimit -n 65536\` and start again`,
        true,
      );
    default:
      return make('SW_NETWORK', `${where}: ${error instanceof Error ? error.message : String(error)}`, true);
  }

  function make(errorCode: NetworkError['code'], message: string, retryable = false): NetworkError {
    const text = code === '' || message.includes(code) ? message : `${message} (${code})`;
    return new NetworkError(errorCode, text, {
      cause: error,
      retryable,
      ...(code !== '' && { errno: code }),
    });
  }
}

function inUse(address: Address, where: string): string {
  if (address.transport === 'unix') {
    return lstatSync(address.path, { throwIfNoEntry: false })?.isSocket() === false
      ? `${address.path} is there already and is no socket: choose another path`
      : `${where} is in use: stop the program that listens there, remove the file if none does any more, or choose another path`;
  }
  const found = holderOfPort(address.transport === 'tcp' ? 'tcp' : 'udp', address.port);
  const by = found === undefined ? '' : ` by "${found.name}" (process ${found.pid})`;
  return `${where} is in use${by}: stop that program, or choose another port (0 lets the system pick one)`;
}

function permission(address: Address, where: string, attempt: Attempt): string {
  if (attempt === 'listen' && address.transport !== 'unix' && address.port < 1024) {
    return (
      `${where}: ports below 1024 are reserved for privileged programs: use a port from 1024 on, ` +
      'or allow it with `sysctl net.ipv4.ip_unprivileged_port_start=0`'
    );
  }
  if (address.transport === 'unix') {
    return `${where}: the rights of the file or of its folder do not allow it`;
  }
  return `${where}: the system does not allow it (a broadcast address, or a firewall rule)`;
}

function ownAddresses(): string {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  return all.map(({ address }) => address).join(', ') || '127.0.0.1';
}
