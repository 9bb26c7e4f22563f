/**
 * A live capture from an interface into a pcapng file: the way that works here, the file, and the proof that nothing is missing.
 */
import { networkInterfaces, release, type } from 'node:os';
import { NetworkError } from '../errors/errors.ts';
import { WHOLE_PACKET } from '../filter/assemble.ts';
import { PcapngEncoder } from '../pcap/pcapng-encoder.ts';
import type { CaptureTime } from '../pcap/record-sink.ts';
import { CaptureOutput } from './capture-output.ts';
import type { Capture, CaptureOptions, CaptureSummary } from './capture-types.ts';
import { namesFor } from './filter-names.ts';
import { loadLibc } from './libc.ts';
import { noRightToCapture } from './rights.ts';
import { RingSource } from './ring-source.ts';
import type { LiveRecord, PacketSource, SourceEvents, SourceOptions, SourceSummary } from './source.ts';
import { TcpdumpSource } from './tcpdump-source.ts';

/** Starts at once; `ready` says when packets are captured, and why not. */
export function startCapture(options: CaptureOptions = {}): Capture {
  return new LiveCapture(options);
}

class LiveCapture implements Capture {
  readonly ready: Promise<void>;
  readonly ended: Promise<CaptureSummary>;
  readonly #options: CaptureOptions;
  readonly #encoder: PcapngEncoder;
  readonly #end = Promise.withResolvers<CaptureSummary>();
  #source: PacketSource | undefined;
  #output: CaptureOutput | undefined;
  #hasInterface = false;
  #packets = 0;
  #bytes = 0;
  #withoutChecksum = 0;
  #segments = 0;
  #first: CaptureTime | undefined;
  #last: CaptureTime | undefined;
  #startTime: CaptureTime | undefined;
  #failure: Error | undefined;
  #ending: Promise<void> | undefined;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#encoder = new PcapngEncoder({
      os: `${type()} ${release()}`,
      application: options.application ?? 'sensewire',
    });
    this.ready = this.#start();
    this.ended = this.#end.promise;
    // Who only waits for one of the two has heard of the failure.
    this.ready.catch(error => this.#end.reject(error));
    this.ended.catch(() => undefined);
  }

  get packets(): number {
    return this.#packets;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get drops(): number | undefined {
    return this.#source?.drops;
  }

  get method(): 'ring' | 'tcpdump' | undefined {
    return this.#source?.method;
  }

  get linkType(): number | undefined {
    return this.#source?.linkType;
  }

  refilter(filter: string): boolean {
    return this.#ending === undefined && (this.#source?.refilter(filter) ?? false);
  }

  async flush(): Promise<void> {
    await this.ready;
    if (this.#ending === undefined) await this.#source?.flush();
  }

  stop(): Promise<CaptureSummary> {
    this.#ending ??= this.#finish();
    return this.ended;
  }

  async #start(): Promise<void> {
    const { file } = this.#options;
    const causes: string[] = [];
    try {
      const source = await openSource(this.#options, this.#events(), causes);
      this.#source = source;
      await source.ready;
      this.#startTime = now();
      this.#describeInterface();
      // Only now, so that a capture that cannot be leaves no file.
      if (file !== undefined) await this.#open(file);
    } catch (error) {
      this.#ending ??= Promise.resolve();
      await this.#source?.stop();
      throw causes.length > 0 && isMissingRight(error) ? noRightToCapture([...causes, error.message]) : error;
    }
  }

  #events(): SourceEvents {
    const { sieve } = this.#options;
    const keep = (record: LiveRecord): void => this.#keep(record);
    return {
      onPacket: sieve === undefined ? keep : record => sieve.take(record, keep),
      onBatch: () => {
        sieve?.settle(keep, false);
        this.#flush();
      },
      onFailure: error => {
        this.#failure ??= error;
        void this.stop();
      },
    };
  }

  async #open(file: string): Promise<void> {
    const output = await CaptureOutput.open(file);
    this.#output = output;
    output.onChange = () => {
      if (output.hasEnded) void this.stop();
      this.#source?.pause(output.isFull);
    };
    this.#flush();
  }

  #describeInterface(): void {
    const { interface: name = 'any', filter = '', snapLength = WHOLE_PACKET } = this.#options;
    if (this.#hasInterface) return;
    this.#hasInterface = true;
    this.#encoder.interface({
      linkType: (this.#source as PacketSource).linkType,
      snapLength,
      name,
      os: `${type()} ${release()}`,
      ...(filter === '' ? {} : { filter }),
    });
  }

  #keep(record: LiveRecord): void {
    const { count = Number.POSITIVE_INFINITY, onPacket } = this.#options;
    if (this.#packets >= count) return;
    this.#packets++;
    this.#bytes += record.length;
    if (record.hasChecksum === false) this.#withoutChecksum++;
    if (record.isSegments === true) this.#segments++;
    const { seconds, nanoseconds } = record;
    this.#first ??= { seconds, nanoseconds };
    this.#last = { seconds, nanoseconds };
    if (this.#options.file !== undefined) {
      this.#describeInterface();
      const { bytes, start, capturedLength, length } = record;
      this.#encoder.packet(0, seconds, nanoseconds, bytes, start, capturedLength, length);
    }
    onPacket?.(record);
    if (this.#packets >= count) void this.stop();
  }

  #flush(): void {
    const output = this.#output;
    if (output === undefined) return;
    output.write(this.#encoder.take());
    if (output.isFull) this.#source?.pause(true);
  }

  async #finish(): Promise<void> {
    try {
      // Nothing that has begun to come about is left behind.
      await this.ready;
      const summary = await (this.#source as PacketSource).stop();
      this.#options.sieve?.settle(record => this.#keep(record), true);
      this.#writeStatistics(summary);
      this.#flush();
      await this.#output?.close();
      if (this.#failure !== undefined) throw this.#failure;
      this.#end.resolve(this.#summary(summary));
    } catch (error) {
      this.#end.reject(error);
    }
  }

  #writeStatistics({ accepted, drops }: SourceSummary): void {
    const [withoutChecksum, segments] = [this.#withoutChecksum, this.#segments];
    const comments = [
      ...(withoutChecksum > 0
        ? [`${withoutChecksum} packets were captured before their checksum was filled in (offload)`]
        : []),
      ...(segments > 0 ? [`${segments} packets stand for several segments each (segmentation offload)`] : []),
    ];
    this.#describeInterface();
    this.#encoder.statistics({
      interfaceIndex: 0,
      time: now(),
      startTime: this.#startTime,
      endTime: now(),
      received: accepted,
      // dumpcap writes the kernel's losses here, and Wireshark shows them from here; by the letter they are osDropped.
      dropped: drops,
      accepted,
      osDropped: drops,
      delivered: this.#packets,
      comments,
    });
  }

  #summary(summary: SourceSummary): CaptureSummary {
    const source = this.#source as PacketSource;
    const [first, last] = [this.#first, this.#last];
    return {
      ...summary,
      method: source.method,
      interface: this.#options.interface ?? 'any',
      linkType: source.linkType,
      packets: this.#packets,
      bytes: this.#bytes,
      withoutChecksum: this.#withoutChecksum,
      segments: this.#segments,
      fileBytes: this.#output?.size ?? 0,
      seconds:
        first === undefined || last === undefined
          ? 0
          : last.seconds - first.seconds + (last.nanoseconds - first.nanoseconds) / 1e9,
    };
  }
}

/** The ring, or tcpdump where there is no ring. @param causes why there is none is added */
async function openSource(
  {
    interface: name = 'any',
    filter = '',
    snapLength = WHOLE_PACKET,
    promiscuous = false,
    method,
  }: CaptureOptions,
  events: SourceEvents,
  causes: string[],
): Promise<PacketSource> {
  const options: SourceOptions = { interface: name, filter, snapLength, promiscuous };
  const names = await namesFor(filter);
  if (method !== 'tcpdump') {
    try {
      const libc = await loadLibc();
      return new RingSource(libc, { ...options, names, netmask: netmaskOf(name) }, events);
    } catch (error) {
      if (!isMissingRight(error)) throw error;
      causes.push(error.message);
    }
    if (method === 'ring') throw noRightToCapture(causes);
  }
  return TcpdumpSource.open(options, events);
}

/** The wall clock, for what is written of the capture itself. */
function now(): CaptureTime {
  const ms = Date.now();
  return { seconds: Math.floor(ms / 1_000), nanoseconds: (ms % 1_000) * 1_000_000 };
}

function isMissingRight(error: unknown): error is NetworkError {
  return error instanceof NetworkError && error.code === 'SW_PERMISSION';
}

function netmaskOf(name: string): number {
  const own = networkInterfaces()[name]?.find(({ family }) => family === 'IPv4');
  return own === undefined ? 0 : own.netmask.split('.').reduce((mask, part) => mask * 256 + Number(part), 0);
}
