/**
 * A service over one UDP socket: one datagram after the other, each answered to its sender.
 */
import { SensewireError } from '../errors/errors.ts';
import { type Address, formatUrl } from '../socket/address.ts';
import type { DatagramSocket, Received } from '../socket/datagram-socket.ts';
import { bindDatagrams } from '../socket/dial.ts';
import { plainHost } from '../socket/hosts.ts';
import type { InetAddress } from '../socket/names.ts';
import { dropsAtPort } from '../sockettable/own-port.ts';
import type { DatagramPeer, DatagramPeers } from './datagram-peers.ts';
import type { DatagramService } from './service.ts';

/** More than UDP carries (65,507 over IPv4, 65,527 over IPv6). */
const MOST_DATAGRAM_BYTES = 65_535;

/** What a datagram server needs of its owner. */
export interface DatagramOwner {
  readonly answer: DatagramService;
  readonly peers: DatagramPeers;
  onComplaint(peer: string, message: string): void;
  takes(): boolean;
  /** A datagram was received and, where the service answers, its answer given to the system. */
  onServed(): void;
}

export class DatagramServer {
  readonly urls: readonly string[];
  readonly #socket: DatagramSocket;
  readonly #owner: DatagramOwner;
  #kernelDrops = 0;

  private constructor(socket: DatagramSocket, urls: readonly string[], owner: DatagramOwner) {
    this.#socket = socket;
    this.urls = urls;
    this.#owner = owner;
  }

  /** @throws NetworkError */
  static async open(
    address: Address & { readonly transport: 'udp' },
    owner: DatagramOwner,
  ): Promise<DatagramServer> {
    const { socket, urls } = await bindDatagrams(address);
    return new DatagramServer(socket, urls, owner);
  }

  /** Datagrams that found the queue of this program full. */
  get dropped(): number {
    return this.#socket.dropped;
  }

  /** Datagrams that found the kernel's queue full; known once it is closed. */
  get kernelDrops(): number {
    return this.#kernelDrops;
  }

  /** Serves until it is closed. @throws what the service throws */
  async run(): Promise<void> {
    for (;;) {
      let received: Received;
      try {
        received = await this.#socket.recvfrom(MOST_DATAGRAM_BYTES);
      } catch (error) {
        if (this.#socket.closed) return;
        // Something that an earlier datagram met on its way, perhaps.
        this.#complain(this.urls[0] ?? 'udp', error);
        continue;
      }
      await this.#serve(received);
    }
  }

  async #serve([datagram, from]: Received): Promise<void> {
    const [host, port] = from as InetAddress;
    const { answer, peers } = this.#owner;
    const peer = peers.heard(`${port} ${host}`, datagram.length, () =>
      formatUrl('udp', plainHost(host), port),
    );
    const reply = answer(datagram, this.#exchange(peer));
    if (reply !== undefined) {
      try {
        await this.#socket.sendto(reply, from);
        peer.datagramsOut++;
        peer.bytesOut += reply.length;
      } catch (error) {
        if (!this.#socket.closed) this.#complain(peer.url, error);
      }
    }
    this.#owner.onServed();
  }

  #exchange({ url }: DatagramPeer): Parameters<DatagramService>[1] {
    return {
      peer: url,
      complain: message => this.#owner.onComplaint(url, message),
      takes: () => this.#owner.takes(),
    };
  }

  /** @throws what is no error of a socket */
  #complain(peer: string, error: unknown): void {
    if (!(error instanceof SensewireError)) throw error;
    this.#owner.onComplaint(peer, error.message);
  }

  close(): void {
    if (this.#socket.closed) return;
    const [host, port] = this.#socket.getsockname() as InetAddress;
    this.#kernelDrops = dropsAtPort(port, host);
    this.#socket.close();
  }
}
