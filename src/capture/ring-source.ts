/**
 * Live packets from the ring that the kernel fills: exact counters, times in nanoseconds, and nothing lost at either end.
 */
import { NetworkError } from '../errors/errors.ts';
import { assemble } from '../filter/assemble.ts';
import type { Program } from '../filter/bpf.ts';
import { compileForKernel } from '../filter/compile.ts';
import type { Names } from '../filter/lowering.ts';
import { NEVER } from '../filter/tree.ts';
import { PacketRecord } from '../pcap/packet-record.ts';
import { CookedHeader, putTag } from './cooked-header.ts';
import type { Libc, Watch } from './libc.ts';
import { BLOCK_TIMEOUT_MS, type KernelCounts, PacketSender, PacketSocket } from './packet-socket.ts';
import { NO_TAG, Ring, type RingPacket } from './ring.ts';
import { SENTINEL_ETHER_TYPE, Sentinel } from './sentinel.ts';
import type {
  LiveRecord,
  PacketSource,
  Proof,
  SourceEvents,
  SourceOptions,
  SourceSummary,
} from './source.ts';

/** Blocks that are read before others have their turn: some milliseconds' work. */
const BLOCKS_AT_ONCE = 8;
/** A sentinel may be lost like any packet: another one is sent after so long. */
const RESEND_MS = 20 * BLOCK_TIMEOUT_MS;
/** After so many nobody waits any longer: the interface gives nothing back. */
const MOST_SENTINELS = 10;
/** For the counters to agree: a block comes after its timeout, and the machine may be busy. */
const MOST_DRAIN_LOOKS = 200;

export interface RingOptions extends SourceOptions {
  readonly names: Names;
  /** Of the interface, for `ip broadcast`. */
  readonly netmask: number;
}

export class RingSource implements PacketSource {
  readonly method = 'ring';
  readonly linkType: number;
  readonly ready: Promise<void>;
  readonly #libc: Libc;
  readonly #socket: PacketSocket;
  readonly #ring: Ring;
  readonly #sender: PacketSender;
  readonly #watch: Watch;
  readonly #events: SourceEvents;
  readonly #sentinel = new Sentinel();
  readonly #options: RingOptions;
  readonly #record: LiveRecord = new PacketRecord();
  readonly #cooked = new CookedHeader();
  readonly #onRingPacket = (packet: RingPacket): void => this.#take(packet);
  /** Who waits for a sentinel, by its serial number. */
  readonly #seen = new Map<number, () => void>();
  /** Packets that the ring gave, sentinels included. */
  #taken = 0;
  #sentinels = 0;
  #isPaused = false;
  #counts: KernelCounts = { packets: 0, drops: 0 };
  /** The interface has gone. */
  #hasFailed = false;
  /** Nothing wakes us any more. */
  #hasEnded = false;
  #stopping: Promise<SourceSummary> | undefined;
  #startProof: Proof = 'none';

  /** @throws NetworkError SW_PERMISSION, SW_NETWORK; UsageError SW_USAGE, SW_BAD_FILTER */
  constructor(libc: Libc, options: RingOptions, events: SourceEvents) {
    this.#libc = libc;
    this.#events = events;
    this.#options = options;
    this.#socket = new PacketSocket(libc, options);
    const { linkType } = this.#socket.linkLayer;
    this.linkType = linkType;
    this.#record.linkType = linkType;
    this.#record.snapLength = options.snapLength;
    try {
      this.#ring = new Ring(this.#socket.memory);
      this.#socket.start(this.#compile(options.filter));
      this.#sender = new PacketSender(libc);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    this.#watch = libc.watch(this.#socket.fd, () => this.#onReadable());
    this.ready = this.#prove().then(proof => {
      this.#startProof = proof;
    });
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!this.#hasEnded) this.#watch.run(!isPaused);
  }

  refilter(filter: string): boolean {
    if (this.#stopping !== undefined || this.#hasEnded) return false;
    // The kernel puts the new program in the place of the old one at once: each packet meets one of the two.
    this.#socket.setFilter(this.#compile(filter));
    return true;
  }

  #compile(filter: string): Program {
    const { index, isLoopback, linkLayer } = this.#socket;
    const twice = isLoopback ? index : this.#libc.interfaceIndex('lo');
    return compileForKernel(filter, {
      ...this.#options,
      linkType: linkLayer.linkType,
      isHeadless: linkLayer.isHeadless,
      pass: { etherType: SENTINEL_ETHER_TYPE, start: this.#sentinel.nonce },
      ...(isLoopback || index === 0 ? { notOutgoingFrom: twice } : {}),
    });
  }

  /** What the kernel has counted so far, sentinels included. */
  #readCounts(): KernelCounts {
    const { packets, drops } = this.#socket.takeCounts();
    this.#counts = { packets: this.#counts.packets + packets, drops: this.#counts.drops + drops };
    return this.#counts;
  }

  get drops(): number {
    return this.#stopping === undefined ? this.#readCounts().drops : this.#counts.drops;
  }

  async flush(): Promise<void> {
    await this.#prove();
  }

  stop(): Promise<SourceSummary> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<SourceSummary> {
    const end = this.#hasFailed ? 'none' : await this.#prove();
    this.#socket.setFilter(assemble(NEVER, 0));
    const { packets, drops } = this.#readCounts();
    const isComplete = await this.#drain(packets - drops);
    this.#hasEnded = true;
    this.#watch.close();
    this.#sender.close();
    this.#socket.close();
    return {
      accepted: packets - this.#sentinels,
      drops,
      start: this.#startProof,
      end: isComplete ? end : 'none',
    };
  }

  /** Sends sentinels until one has come. Where none can be sent, the kernel's counters have to do. */
  async #prove(): Promise<Proof> {
    const { linkLayer, index } = this.#socket;
    if (!linkLayer.takesSentinels) return 'counters';
    const to = this.#socket.addressFor(
      SENTINEL_ETHER_TYPE,
      index === 0 ? this.#libc.interfaceIndex('lo') : index,
    );
    const serial = this.#sentinel.nextSerial();
    return new Promise(resolve => {
      let sent = 0;
      const finish = (proof: Proof): void => {
        clearInterval(timer);
        this.#seen.delete(serial);
        resolve(proof);
      };
      const send = (): void => {
        // Nothing can be seen until what waits is written.
        if (this.#isPaused) return;
        try {
          if (sent++ < MOST_SENTINELS) this.#sender.send(this.#sentinel.payload(serial), to);
          else finish('none');
        } catch {
          // The interface sends nothing: it is down, or was never meant to. What it receives is counted.
          finish('counters');
        }
      };
      const timer = setInterval(send, RESEND_MS);
      this.#seen.set(serial, () => finish('sentinel'));
      send();
    });
  }

  /** Resolves when as many packets were taken as the kernel has put into the ring; false: they did not come. */
  #drain(expected: number): Promise<boolean> {
    return new Promise(resolve => {
      let looks = 0;
      const look = (): void => {
        if (this.#isPaused) return;
        while (this.#ring.isReady && !this.#isPaused) this.#takeBlocks();
        if (this.#taken < expected && ++looks < MOST_DRAIN_LOOKS) return;
        clearInterval(timer);
        resolve(this.#taken >= expected);
      };
      // A socket whose interface has gone does not wake us any more.
      const timer = setInterval(look, BLOCK_TIMEOUT_MS);
      look();
    });
  }

  #onReadable(): void {
    if (this.#ring.isReady) this.#takeBlocks();
    this.#checkSocket();
  }

  #takeBlocks(): void {
    for (let blocks = 0; blocks < BLOCKS_AT_ONCE && this.#ring.isReady; blocks++) {
      this.#ring.takeBlock(this.#onRingPacket);
    }
    this.#events.onBatch();
  }

  /** An error wakes us once, with or without packets: the interface has gone down, or away. */
  #checkSocket(): void {
    const error = this.#socket.takeError();
    if (error === undefined) return;
    this.#hasFailed = true;
    this.#hasEnded = true;
    this.#watch.run(false);
    this.#events.onFailure(
      new NetworkError('SW_NETWORK', 'the interface went down: the capture ends with what came before', {
        errno: 'ENETDOWN',
      }),
    );
  }

  #take(packet: RingPacket): void {
    this.#taken++;
    const { bytes } = this.#ring;
    if (packet.protocol === SENTINEL_ETHER_TYPE) {
      const end = packet.start + packet.capturedLength;
      const serial = this.#sentinel.serialOf(bytes, packet.payloadStart, end);
      if (serial !== undefined) {
        this.#sentinels++;
        this.#seen.get(serial)?.();
        return;
      }
    }
    const record = this.#record;
    record.hasChecksum = packet.hasChecksum;
    record.isSegments = packet.isSegments;
    record.seconds = packet.seconds;
    record.nanoseconds = packet.nanoseconds;
    record.bytes = bytes;
    record.start = packet.start;
    record.capturedLength = packet.capturedLength;
    record.length = packet.length;
    if (this.#socket.linkLayer.isHeadless) this.#cooked.putBefore(record, packet);
    else if (packet.vlanTag !== NO_TAG) putTag(record, packet.vlanTag);
    // What was put before it counts, too.
    record.capturedLength = Math.min(record.capturedLength, record.snapLength);
    this.#events.onPacket(record);
  }
}
