/**
 * Live packets through tcpdump, where koffi or the right to capture is missing and tcpdump has both.
 *
 * The sentinels are UDP datagrams here: to a port of our own on the loopback interface, to a group of the local network
 * elsewhere. They come up to a second late, because tcpdump then has a buffer without waste; its immediate mode is quick, and
 * loses packets that come fast.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { NetworkError, UsageError } from '../errors/errors.ts';
import { CaptureDecoder } from '../pcap/capture-decoder.ts';
import type { PacketRecord } from '../pcap/packet-record.ts';
import { Sentinel } from './sentinel.ts';
import type { PacketSource, Proof, SourceEvents, SourceOptions, SourceSummary } from './source.ts';

/** tcpdump's own buffer in the kernel, in KiB: with its default of 2 MiB it loses packets at 150,000 a second. */
const BUFFER_KIB = 32_768;
/** A group of the organisation's own scope (RFC 2365): nobody is in it, and a router does not pass it on. */
const SENTINEL_GROUP = '239.255.83.87';
const RESEND_MS = 200;
const MOST_SENTINELS = 10;
/** After SIGINT it writes its counters and ends; longer than that is a program that hangs. */
const MOST_END_MS = 3_000;
/** A sentinel comes whole with that, behind whatever link layer. */
const SENTINEL_BYTES = 128;
/** Bytes of UDP's header before the nonce. */
const UDP_HEADER_BYTES = 8;

export class TcpdumpSource implements PacketSource {
  readonly method = 'tcpdump';
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #events: SourceEvents;
  readonly #sentinel: Sentinel;
  readonly #sender: Socket;
  readonly #target: string;
  /** Who waits for a sentinel, by its serial number. */
  readonly #seen = new Map<number, () => void>();
  #linkType = -1;
  readonly #isDoubled: boolean;
  readonly #snapLength: number;
  /** Sent so far: the kernel counts each, also one that tcpdump no longer hands on because the capture ends. */
  #sentinels = 0;
  #startProof: Proof = 'none';
  #said = '';
  #isEnding = false;
  #stopping: Promise<SourceSummary> | undefined;

  private constructor(options: SourceOptions, events: SourceEvents, sender: Socket, target: string) {
    this.#events = events;
    this.#sender = sender;
    this.#target = target;
    this.#snapLength = options.snapLength;
    this.#isDoubled = networkInterfaces()[options.interface]?.some(({ internal }) => internal) === true;
    this.#sentinel = new Sentinel();
    const { nonce } = this.#sentinel;
    this.#child = spawn(
      'tcpdump',
      argumentsFor(options, filterWith(options.filter, nonce, sender.address().port)),
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        // Ctrl-C is for us: it ends when the last sentinel has come.
        detached: true,
        env: { ...process.env, LC_ALL: 'C' },
      },
    );
    const { promise: exited, resolve: onExit } = Promise.withResolvers<void>();
    this.#exited = exited;
    this.#child.once('close', () => onExit());
    const decoder = new CaptureDecoder({
      onInterface: ({ linkType }) => {
        this.#linkType = linkType;
      },
      onPacket: record => this.#take(record),
    });
    this.#child.stdout?.on('data', (piece: Uint8Array) => {
      decoder.push(piece);
      this.#events.onBatch();
    });
    this.ready = this.#start();
  }

  /** @throws NetworkError where there is no way to send sentinels */
  static async open(options: SourceOptions, events: SourceEvents): Promise<TcpdumpSource> {
    const { sender, target } = await openSender(options.interface);
    return new TcpdumpSource(options, events, sender, target);
  }

  get linkType(): number {
    return this.#linkType;
  }

  get drops(): undefined {
    return undefined;
  }

  pause(isPaused: boolean): void {
    if (isPaused) this.#child.stdout?.pause();
    else this.#child.stdout?.resume();
  }

  /** Its filter is one of its arguments. */
  refilter(): boolean {
    return false;
  }

  async flush(): Promise<void> {
    await this.#prove();
  }

  stop(): Promise<SourceSummary> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    await this.#listening();
    this.#startProof = await this.#prove();
  }

  /** Resolves when tcpdump says that it listens, which is true by then. */
  #listening(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
        if (/listening on /.test(this.#said)) resolve();
      });
      this.#child.once('error', cause =>
        reject(new NetworkError('SW_PERMISSION', 'tcpdump is not installed', { cause })),
      );
      this.#child.once('close', () => {
        reject(this.#failure());
        if (this.#isEnding) return;
        this.#isEnding = true;
        this.#events.onFailure(this.#failure());
      });
    });
  }

  #failure(): Error {
    const reason = /^tcpdump: (.*)$/m.exec(this.#said)?.[1] ?? 'it ended';
    if (/permission|Operation not permitted/i.test(this.#said)) {
      return new NetworkError('SW_PERMISSION', `tcpdump may not capture either: ${reason}`);
    }
    if (/No such device|doesn't exist/i.test(this.#said)) {
      return new UsageError('SW_USAGE', `tcpdump: ${reason}: sensewire capture --list shows the interfaces`);
    }
    return new NetworkError('SW_NETWORK', `tcpdump failed: ${reason}`);
  }

  async #stop(): Promise<SourceSummary> {
    const end = this.#isEnding ? 'none' : await this.#prove();
    this.#isEnding = true;
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), MOST_END_MS);
    await this.#exited;
    clearTimeout(timer);
    this.#sender.close();
    const count = (what: string): number | undefined => {
      const match = new RegExp(`^([0-9]+) packets? ${what}`, 'm').exec(this.#said);
      return match === null ? undefined : Number(match[1]);
    };
    // The loopback interface shows libpcap every packet twice; it gives one on, and counts both.
    const counted = (what: string): number | undefined => {
      const value = count(what);
      return value !== undefined && this.#isDoubled ? Math.ceil(value / 2) : value;
    };
    const received = counted('received by filter');
    return {
      accepted: received === undefined ? undefined : received - this.#sentinels,
      drops: counted('dropped by kernel'),
      start: this.#startProof,
      end,
    };
  }

  #prove(): Promise<Proof> {
    const serial = this.#sentinel.nextSerial();
    return new Promise(resolve => {
      let sent = 0;
      const finish = (proof: Proof): void => {
        clearInterval(timer);
        this.#seen.delete(serial);
        resolve(proof);
      };
      const send = (): void => {
        if (sent++ >= MOST_SENTINELS || this.#isEnding) return finish('none');
        this.#sender.send(
          this.#sentinel.payload(serial),
          this.#sender.address().port,
          this.#target,
          error => {
            if (error) finish('none');
            else this.#sentinels++;
          },
        );
      };
      const timer = setInterval(send, RESEND_MS);
      this.#seen.set(serial, () => finish('sentinel'));
      send();
    });
  }

  #take(record: PacketRecord): void {
    // The datagram's payload ends the packet: 16 bytes that nobody else knows, and one.
    const end = record.start + Math.min(record.capturedLength, record.length);
    const serial = this.#sentinel.serialOf(record.bytes, end - this.#sentinel.nonce.length - 1, end);
    if (serial === undefined) {
      record.capturedLength = Math.min(record.capturedLength, this.#snapLength);
      return this.#events.onPacket(record);
    }
    this.#seen.get(serial)?.();
  }
}

/** A socket whose own port is the sentinels' port, so that nobody answers that it is closed. */
async function openSender(name: string): Promise<{ sender: Socket; target: string }> {
  const own = name === 'any' ? undefined : networkInterfaces()[name]?.find(({ family }) => family === 'IPv4');
  const isLoopback = own === undefined || own.internal;
  const sender = createSocket('udp4');
  // Nobody reads what comes.
  sender.on('error', () => undefined).unref();
  await new Promise<void>((resolve, reject) => {
    sender.once('error', reject);
    sender.bind(0, isLoopback ? '127.0.0.1' : undefined, resolve);
  });
  if (isLoopback) return { sender, target: '127.0.0.1' };
  sender.setMulticastInterface(own.address);
  sender.setMulticastTTL(1);
  return { sender, target: SENTINEL_GROUP };
}

/** The filter, with the sentinels let through. */
function filterWith(filter: string, nonce: Uint8Array, port: number): string {
  if (filter.trim() === '') return '';
  const view = new DataView(nonce.buffer, nonce.byteOffset, nonce.length);
  const words = [0, 4, 8, 12].map(
    at => `udp[${UDP_HEADER_BYTES + at}:4] = 0x${view.getUint32(at).toString(16)}`,
  );
  return `(${filter}) or (udp dst port ${port} and ${words.join(' and ')})`;
}

function argumentsFor({ interface: name, snapLength, promiscuous }: SourceOptions, filter: string): string[] {
  const least = String(Math.max(snapLength, SENTINEL_BYTES));
  const flags = ['-U', '-n', '-w', '-', '-B', String(BUFFER_KIB), '-s', least];
  if (!promiscuous) flags.push('-p');
  return [...flags, '--time-stamp-precision=nano', '-i', name, '--', filter];
}
