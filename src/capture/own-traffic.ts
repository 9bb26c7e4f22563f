/**
 * A capture of exactly this process's own traffic: `--capture FILE` of the commands that talk to others.
 *
 * Start it before the sockets that it is about are made, and stop it after they are closed.
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { UsageError } from '../errors/errors.ts';
import { type Address, formatAddress } from '../socket/address.ts';
import type { Capture, CaptureSummary } from './capture-types.ts';
import { OwnPackets } from './own-packets.ts';
import { OwnSockets } from './own-sockets.ts';
import { startCapture } from './start-capture.ts';

/** The last acknowledgements come a round trip after a socket was closed: so long they are waited for. */
const MOST_LINGER_MS = 1_000;

export interface OwnTrafficOptions {
  readonly file: string;
  /** Where this process listens, or what it connects to. */
  readonly addresses: readonly Address[];
  readonly application: string;
}

export class OwnTraffic {
  readonly #capture: Capture;
  readonly #sockets: OwnSockets;
  readonly #packets: OwnPackets;

  private constructor(capture: Capture, sockets: OwnSockets, packets: OwnPackets) {
    this.#capture = capture;
    this.#sockets = sockets;
    this.#packets = packets;
  }

  /**
   * Resolves when packets are certainly captured.
   * @throws UsageError SW_USAGE where an address is none of a network; the errors of `startCapture`
   */
  static async start({ file, addresses, application }: OwnTrafficOptions): Promise<OwnTraffic> {
    for (const address of addresses) {
      if (address.transport !== 'unix') continue;
      const text = formatAddress(address);
      throw new UsageError(
        'SW_USAGE',
        `--capture: what goes over ${text} passes no interface: use tcp:// or udp://`,
      );
    }
    const found = await Promise.all(addresses.map(address => interfaceFor(address as NetAddress)));
    const names = new Set(found);
    const sockets = new OwnSockets();
    const packets = new OwnPackets(sockets);
    sockets.watch();
    const capture = startCapture({
      interface: names.size === 1 ? (found[0] as string) : 'any',
      filter: filterFor(addresses as readonly NetAddress[]),
      file,
      sieve: packets,
      application,
    });
    try {
      await capture.ready;
    } catch (error) {
      sockets.unwatch();
      throw error;
    }
    return new OwnTraffic(capture, sockets, packets);
  }

  /** Sockets that are made after this are about something else: a page, a store. */
  settle(): void {
    this.#sockets.unwatch();
  }

  /** Everything until now is in the file when it resolves, and the ends of connections that were just closed. */
  async stop(): Promise<CaptureSummary> {
    this.#sockets.unwatch();
    await this.#capture.flush();
    if (this.#packets.openConnections > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#packets.onAllClosed = resolve;
      const timer = setTimeout(resolve, MOST_LINGER_MS);
      await promise;
      clearTimeout(timer);
    }
    return this.#capture.stop();
  }
}

type NetAddress = Exclude<Address, { readonly transport: 'unix' }>;

/** What datagrams need beside their port: fragments, which have none, and what ICMP says about datagrams. */
const BESIDE_DATAGRAMS = 'ip[6:2] & 0x1fff != 0 or ip6[6] = 44 or icmp or icmp6';

/** A superset: which of these packets are our own is decided packet by packet. */
function filterFor(addresses: readonly NetAddress[]): string {
  const parts = addresses.flatMap(({ transport, host, port }) => {
    const protocol = transport === 'tcp' ? 'tcp' : 'udp';
    // Port 0 is not known yet, and in a group anybody answers.
    const isAny = port === 0 || (protocol === 'udp' && isForMany(host));
    const packets = isAny ? protocol : `${protocol} port ${port}`;
    return protocol === 'tcp' ? [packets] : [packets, BESIDE_DATAGRAMS];
  });
  return [...new Set(parts)].map(part => `(${part})`).join(' or ');
}

/** A multicast group, or an address that may be a broadcast. */
function isForMany(host: string): boolean {
  return /^(22[4-9]|23[0-9])\.|^ff|\.255$/i.test(host);
}

/** The interface that packets to or at this address pass. */
async function interfaceFor({ host, port }: NetAddress): Promise<string> {
  if (host === '*' || host === '::' || host === '0.0.0.0') return 'any';
  const found = await lookup(host, { all: true }).catch(() => []);
  const locals = await Promise.all(
    found.map(({ address, family }) => localAddress(address, family, port || 9)),
  );
  const remotes = found.map(({ address }) => address);
  const names = new Set(locals.map((local, index) => interfaceOf(local, remotes[index] as string)));
  const [name] = names;
  return names.size === 1 && name !== undefined ? name : 'any';
}

/** From which address of ours packets go there: connecting a UDP socket sends nothing. */
async function localAddress(host: string, family: number, port: number): Promise<string | undefined> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    const connected = once(socket, 'connect');
    socket.connect(port, host);
    await connected;
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** Packets to an address of this machine go over its loopback interface, whichever interface has the address. */
function interfaceOf(local: string | undefined, remote: string): string | undefined {
  const all = Object.entries(networkInterfaces());
  const holder = all.find(([, list]) => list?.some(({ address }) => address === local));
  if (local === undefined || holder === undefined) return undefined;
  const isHere = remote === local || holder[1]?.[0]?.internal === true;
  return isHere ? all.find(([, list]) => list?.[0]?.internal)?.[0] : holder[0];
}
