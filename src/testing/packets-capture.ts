/** A capture for tests, frame by frame, analysed as a whole. */
import { CaptureAnalysis, type ReadingFacts } from '../analysis/capture-analysis.ts';
import { NOT_SAID, PacketRecord } from '../pcap/packet-record.ts';
import type { InterfaceDescription } from '../pcap/record-sink.ts';
import { ConversationFrames } from './conversation-frames.ts';

const MICROSECOND = 1_000;
const WHOLE: ReadingFacts = {
  format: 'pcapng',
  compression: 'none',
  damage: undefined,
  sizeBytes: 0,
  skippedBlocks: 0,
  wasStopped: false,
};

export class CaptureFrames extends ConversationFrames {
  readonly analysis: CaptureAnalysis = new CaptureAnalysis({ name: 'test.pcapng', wireshark: '4.0' });
  /** How long after one frame the next one comes. */
  stepUs = 1_000;
  /** Frames have no time. */
  isTimeless = false;
  readonly #packet = new PacketRecord();

  constructor() {
    super({ onFrame: () => undefined });
    this.analysis.sink.onInterface?.(this.#interface());
  }

  /** Lets time pass before the next frame. */
  wait(us: number): void {
    this.nanoseconds += us * MICROSECOND;
  }

  override raw(frame: Uint8Array, length: number = frame.length): void {
    const record = this.#packet;
    record.bytes = frame;
    record.capturedLength = frame.length;
    record.length = length;
    const seconds = Math.floor(this.nanoseconds / 1e9);
    record.seconds = 1_800_000_000 + seconds;
    record.nanoseconds = this.nanoseconds - 1e9 * seconds;
    record.hasTime = !this.isTimeless;
    record.linkType = this.linkType;
    this.frames.push(frame);
    this.nanoseconds += this.stepUs * MICROSECOND;
    this.analysis.sink.onPacket(record);
  }

  finish(reading: Partial<ReadingFacts> = {}): CaptureAnalysis {
    this.analysis.finish({ ...WHOLE, ...reading });
    return this.analysis;
  }

  #interface(): InterfaceDescription {
    return {
      index: 0,
      linkType: this.linkType,
      snapLength: 0,
      ticksPerSecond: 1_000_000_000n,
      offsetSeconds: 0,
      fcsLength: NOT_SAID,
      ipv4: [],
      ipv6: [],
      comments: [],
    };
  }
}
