/**
 * Conversations for tests of the analysis, frame by frame: TCP and UDP between two hosts over Ethernet, at given times, with the
 * sequence numbers counted on.
 */
import { type FrameSink, Pipeline } from '../analysis/pipeline.ts';
import { PacketRecord } from '../pcap/packet-record.ts';
import { bytesOf, u16, u32 } from './frames.ts';

export const FLAGS = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;

const TCP = 6;
const UDP = 17;
/** Timestamps, as nearly every segment has them. */
const TIMESTAMPS: Uint8Array = bytesOf('0101080a 00000001 00000002');
const ETHERNET = 1;

export interface SegmentChoices {
  readonly flags?: number;
  /** Instead of the one that is counted on. */
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly window?: number;
  readonly options?: Uint8Array;
  /** Bytes behind the packet. */
  readonly padding?: number;
  /** Bytes of the frame that are captured. */
  readonly captured?: number;
}

/** Frames go to a sink through a pipeline, as those of a file do. */
export class ConversationFrames {
  readonly pipeline: Pipeline;
  /** All of them, as they were. */
  readonly frames: Uint8Array[] = [];
  nanoseconds = 0;
  /** Next sequence numbers, of the client and the server. */
  readonly next: [client: number, server: number] = [1_000, 5_000];
  clientPort = 40_000;
  serverPort = 50_007;
  linkType: number = ETHERNET;
  /** What stands before IP; of Ethernet both addresses and the type. */
  link: Uint8Array = bytesOf('020000000002 020000000001 0800');
  readonly #record = new PacketRecord();

  constructor(sink: FrameSink) {
    this.pipeline = new Pipeline(sink, { wireshark: '4.0' });
  }

  /** SYN, SYN+ACK, ACK. */
  open(): void {
    this.tcp(0, '', { flags: FLAGS.syn });
    this.tcp(1, '', { flags: FLAGS.syn | FLAGS.ack });
    this.tcp(0, '');
  }

  /** FIN of the client, FIN of the server, the last ACK. */
  close(): void {
    this.tcp(0, '', { flags: FLAGS.fin | FLAGS.ack });
    this.tcp(1, '', { flags: FLAGS.fin | FLAGS.ack });
    this.tcp(0, '');
  }

  /** A segment of the client (0) or the server (1). */
  tcp(from: 0 | 1, payload: Uint8Array | string, choices: SegmentChoices = {}): void {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    const { flags = FLAGS.ack | (bytes.length > 0 ? FLAGS.psh : 0), options = TIMESTAMPS } = choices;
    const sequence = choices.sequence ?? this.next[from];
    const acknowledgment =
      choices.acknowledgment ?? ((flags & FLAGS.ack) === 0 ? 0 : this.next[from === 0 ? 1 : 0]);
    const takes = bytes.length + ((flags & (FLAGS.syn | FLAGS.fin)) === 0 ? 0 : 1);
    this.next[from] = Math.max(this.next[from], sequence + takes);
    const offsetAndFlags = (((20 + options.length) >>> 2) << 12) | flags;
    const numbers = bytesOf(u32(sequence), u32(acknowledgment), u16(offsetAndFlags));
    const header = bytesOf(this.#ports(from), numbers, u16(choices.window ?? 4_096), '0000 0000', options);
    this.#ip(from, TCP, bytesOf(header, bytes), choices);
  }

  udp(from: 0 | 1, payload: Uint8Array | string, choices: SegmentChoices = {}): void {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    this.#ip(from, UDP, bytesOf(this.#ports(from), u16(8 + bytes.length), '0000', bytes), choices);
  }

  /** Any frame at all. */
  raw(frame: Uint8Array, length: number = frame.length): void {
    const record = this.#record;
    this.frames.push(frame);
    this.nanoseconds += 1_000_000;
    record.bytes = frame;
    record.start = 0;
    record.capturedLength = frame.length;
    record.length = length;
    record.seconds = 1_800_000_000 + Math.floor(this.nanoseconds / 1e9);
    record.nanoseconds = this.nanoseconds % 1e9;
    record.linkType = this.linkType;
    this.pipeline.onPacket(record);
  }

  #ports(from: 0 | 1): Uint8Array {
    const ports = [u16(this.clientPort), u16(this.serverPort)] as const;
    return from === 0 ? bytesOf(...ports) : bytesOf(ports[1], ports[0]);
  }

  #ip(from: 0 | 1, protocol: number, payload: Uint8Array, { padding = 0, captured }: SegmentChoices): void {
    const addresses = from === 0 ? '0a000001 0a000002' : '0a000002 0a000001';
    const header = bytesOf('4500', u16(20 + payload.length), '0001 4000 40', protocol, '0000', addresses);
    const frame = bytesOf(this.link, header, payload, new Uint8Array(padding));
    this.raw(captured === undefined ? frame : frame.slice(0, captured), frame.length);
  }
}
