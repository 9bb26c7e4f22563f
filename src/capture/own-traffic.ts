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
import { OwnSockets, type Transport } from './own-sockets.ts';
import { startCapture } from './start-capture.ts';

/** The last acknowledgements come a round trip after a socket was closed: so long they are waited for. */
const MOST_LINGER_MS = 1_000;

export interface OwnTrafficOptions {
  readonly file: string;
  /** Where this process listens, or what it connects to. */
  readonly addresses: readonly Address[];
  /** It listens there: then others may come over any interface. Default: it connects. */
  readonly isListening?: boolean;
  readonly application: string;
}

export class OwnTraffic {
  readonly #capture: Capture;
  readonly #sockets: OwnSockets;
  readonly #packets: OwnPackets;
  readonly #addresses: readonly NetAddress[];

  private constructor(
    capture: Capture,
    sockets: OwnSockets,
    packets: OwnPackets,
    addresses: readonly NetAddress[],
  ) {
    this.#capture = capture;
    this.#sockets = sockets;
    this.#packets = packets;
    this.#addresses = addresses;
  }

  /**
   * Resolves when packets are certainly captured.
   * @throws UsageError SW_USAGE where an address is none of a network; the errors of `startCapture`
   */
  static async start({
    file,
    addresses,
    application,
    isListening = false,
  }: OwnTrafficOptions): Promise<OwnTraffic> {
    for (const address of addresses) {
      if (address.transport !== 'unix') continue;
      const text = formatAddress(address);
      throw new UsageError(
        'SW_USAGE',
        `--capture: what goes over ${text} passes no interface: use tcp:// or udp://`,
      );
    }
    const networks = addresses as readonly NetAddress[];
    const found = await Promise.all(networks.map(address => interfaceFor(address, isListening)));
    const names = new Set(found);
    const sockets = new OwnSockets();
    const packets = new OwnPackets(sockets);
    sockets.watch();
    const capture = startCapture({
      interface: names.size === 1 ? (found[0] as string) : 'any',
      filter: filterFor(networks),
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
    return new OwnTraffic(capture, sockets, packets, networks);
  }

  /**
   * Sockets that are made after this are about something else: a page, a store. So all ports are known now, and where the kernel let
   * everything through for want of one, it lets through no more than these from here on. What it has let through before is judged
   * packet by packet, as ever.
   */
  settle(): void {
    this.#sockets.unwatch();
    const filter = narrowFilter(this.#addresses, this.#sockets);
    if (filter !== undefined) this.#capture.refilter(filter);
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
  return joined(
    addresses.flatMap(address => {
      const protocol = protocolOf(address);
      return isBroad(address) ? parts(protocol) : parts(protocol, address.port);
    }),
  );
}

/** The same with the ports that sockets have got; undefined where nothing is gained, or a port is not known after all. */
function narrowFilter(addresses: readonly NetAddress[], sockets: OwnSockets): string | undefined {
  const broad = new Set(addresses.filter(isBroad).map(protocolOf));
  const isKnown = [...broad].every(protocol => {
    const count = addresses.filter(address => protocolOf(address) === protocol).length;
    return sockets.ports(protocol).length >= count;
  });
  if (broad.size === 0 || !isKnown) return undefined;
  return joined([
    ...addresses
      .filter(address => !isBroad(address))
      .flatMap(address => parts(protocolOf(address), address.port)),
    ...[...broad].flatMap(protocol => sockets.ports(protocol).flatMap(port => parts(protocol, port))),
  ]);
}

/** Port 0 is not known yet, and in a group anybody answers. */
function isBroad({ transport, host, port }: NetAddress): boolean {
  return port === 0 || (transport !== 'tcp' && isForMany(host));
}

function protocolOf({ transport }: NetAddress): Transport {
  return transport === 'tcp' ? 'tcp' : 'udp';
}

function parts(protocol: Transport, port?: number): string[] {
  const packets = port === undefined ? protocol : `${protocol} port ${port}`;
  return protocol === 'tcp' ? [packets] : [packets, BESIDE_DATAGRAMS];
}

function joined(all: readonly string[]): string {
  return [...new Set(all)].map(part => `(${part})`).join(' or ');
}

/** A multicast group, or an address that may be a broadcast. */
function isForMany(host: string): boolean {
  return /^(22[4-9]|23[0-9])\.|^ff|\.255$/i.test(host);
}

/** The interface that packets to or at this address pass. */
async function interfaceFor({ host, port }: NetAddress, isListening: boolean): Promise<string> {
  if (host === '*' || host === '::' || host === '0.0.0.0') return 'any';
  const found = await lookup(host, { all: true }).catch(() => []);
  const locals = await Promise.all(
    found.map(({ address, family }) => localAddress(address, family, port || 9)),
  );
  const remotes = found.map(({ address }) => address);
  const names = new Set(
    locals.map((local, index) => interfaceOf(local, remotes[index] as string, isListening)),
  );
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

/**
 * Packets of this machine to one of its addresses go over its loopback interface, whichever interface has the address; packets of
 * others to where we listen come over theirs.
 */
function interfaceOf(local: string | undefined, remote: string, isListening: boolean): string | undefined {
  const all = Object.entries(networkInterfaces());
  const holder = all.find(([, list]) => list?.some(({ address }) => address === local));
  if (local === undefined || holder === undefined) return undefined;
  const isInternal = holder[1]?.[0]?.internal === true;
  if (remote === local && !isInternal && isListening) return undefined;
  return remote === local || isInternal ? all.find(([, list]) => list?.[0]?.internal)?.[0] : holder[0];
}
