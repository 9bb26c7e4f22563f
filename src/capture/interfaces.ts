/**
 * The interfaces that can be captured from: of this network namespace, also those that are down or have no address.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isLittleEndian, type Libc, loadLibc, SystemCallError } from './libc.ts';

export interface CaptureInterface {
  /** `any`: all of them. */
  readonly name: string;
  /** undefined: not known. */
  readonly isUp: boolean | undefined;
  readonly isLoopback: boolean;
  /** With prefix lengths, as 127.0.0.1/8. */
  readonly addresses: readonly string[];
  /** undefined where it has none. */
  readonly hardware: string | undefined;
  readonly mtu: number | undefined;
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
/** Requests of netdevice(7). */
const GET_FLAGS = 0x8913;
const GET_MTU = 0x8921;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
/** struct ifreq: 16 bytes of name, then a union of at most 24. */
const REQUEST_BYTES = 40;
const VALUE = 16;

export async function captureInterfaces(): Promise<CaptureInterface[]> {
  const libc = await loadLibc().catch(() => undefined);
  const named = networkInterfaces();
  const names = new Set([...namesInProc(), ...Object.keys(named)]);
  const all = { isLoopback: false, addresses: [], hardware: undefined, mtu: undefined };
  const any: CaptureInterface[] = process.platform === 'linux' ? [{ name: 'any', isUp: true, ...all }] : [];
  return [
    ...any,
    ...[...names].map(name => {
      const addresses = named[name] ?? [];
      const flags = libc && ask(libc, name, GET_FLAGS);
      const hardware = addresses.find(({ mac }) => mac !== '00:00:00:00:00:00')?.mac;
      return {
        name,
        isUp: flags === undefined ? (addresses.length > 0 ? true : undefined) : (flags & IFF_UP) !== 0,
        isLoopback: flags === undefined ? addresses[0]?.internal === true : (flags & IFF_LOOPBACK) !== 0,
        addresses: addresses.map(({ cidr, address }) => cidr ?? address),
        hardware,
        mtu: libc && ask(libc, name, GET_MTU, 4),
      };
    }),
  ];
}

/** proc(5): two lines of headings, then one an interface. */
function namesInProc(): string[] {
  try {
    const lines = readFileSync('/proc/net/dev', 'utf8').split('\n').slice(2);
    return lines.flatMap(line => /^\s*([^:\s]+):/.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** A number that ioctl(2) gives; undefined: it gives none. */
function ask(libc: Libc, name: string, request: number, size: 2 | 4 = 2): number | undefined {
  const argument = new Uint8Array(REQUEST_BYTES);
  argument.set(new TextEncoder().encode(name).subarray(0, VALUE - 1));
  const socket = libc.socket(AF_INET, SOCK_DGRAM, 0);
  try {
    libc.ioctl(socket, request, argument);
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  } finally {
    libc.close(socket);
  }
  const view = new DataView(argument.buffer);
  return size === 2 ? view.getUint16(VALUE, isLittleEndian()) : view.getInt32(VALUE, isLittleEndian());
}
