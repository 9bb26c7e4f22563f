/** Captures made in a test, analysed as a file would be: what reports are made of. */
import { CaptureAnalysis, type Selection } from '../analysis/capture-analysis.ts';
import type { CaptureReport } from '../analysis/model.ts';
import { PacketRecord } from '../pcap/packet-record.ts';
import { ConversationFrames } from './conversation-frames.ts';

interface Kept {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly nanoseconds: number;
}

/** Frames that are kept with their times, and can be analysed. */
export class ExampleCapture extends ConversationFrames {
  readonly kept: Kept[] = [];

  constructor() {
    super({ onFrame: () => undefined });
  }

  override raw(frame: Uint8Array, length: number = frame.length): void {
    super.raw(frame, length);
    this.kept.push({ bytes: frame, length, nanoseconds: this.nanoseconds });
  }

  analyse(name: string): CaptureAnalysis {
    const analysis = new CaptureAnalysis({ name, wireshark: '4.0' });
    this.replay(analysis.sink);
    analysis.finish({
      format: 'pcap',
      compression: 'none',
      damage: undefined,
      sizeBytes: 0,
      skippedBlocks: 0,
      wasStopped: false,
    });
    return analysis;
  }

  /** Of all conversations, with their series. */
  report(name = 'example.pcap'): CaptureReport {
    const analysis = this.analyse(name);
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
    const selection: Selection = {
      tcp: upTo(analysis.columns.tcp.count),
      udp: upTo(analysis.columns.udp.count),
    };
    return analysis.report(selection, { series: true });
  }

  replay(sink: { onPacket(record: PacketRecord): void }): void {
    const record = new PacketRecord();
    record.linkType = this.linkType;
    for (const { bytes, length, nanoseconds } of this.kept) {
      record.bytes = bytes;
      record.capturedLength = bytes.length;
      record.length = length;
      record.seconds = 1_800_000_000 + Math.floor(nanoseconds / 1e9);
      record.nanoseconds = nanoseconds % 1e9;
      sink.onPacket(record);
    }
  }
}

/** Five greetings of a client, each sent back; then it closes. */
export function echoCapture(text = 'Hello, world'): ExampleCapture {
  const capture = new ExampleCapture();
  capture.open();
  for (let count = 0; count < 5; count++) {
    capture.tcp(0, text);
    capture.tcp(1, text);
  }
  capture.close();
  return capture;
}

/** Ten segments of which the third does not arrive: duplicate ACKs ask for it, and it is sent again. */
export function lossyCapture(): ExampleCapture {
  const capture = new ExampleCapture();
  const bytes = new Uint8Array(1_000).fill(0x78);
  capture.open();
  const [first = 0] = capture.next;
  for (let index = 0; index < 10; index++) {
    capture.tcp(0, bytes);
    capture.tcp(1, '', { acknowledgment: first + 1_000 * Math.min(index + 1, 2) });
  }
  capture.tcp(0, bytes, { sequence: first + 2_000 });
  capture.tcp(1, '', { acknowledgment: first + 10_000 });
  capture.close();
  return capture;
}
