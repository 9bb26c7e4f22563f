/**
 * Cost sheets, safety verdicts and our own telemetry from one look at each frame: what a report asks for.
 *
 * Give it every frame; ask when the capture has ended, or at any time.
 */
import type { Packet } from '../wire/packet.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import type { CostSheet } from './cost.ts';
import { CostLedger, type LedgerMemory } from './cost-ledger.ts';
import type { FrameSink } from './pipeline.ts';
import type { SafetyVerdict } from './safety.ts';
import { PayloadSamples, type SampleMemory } from './safety-sample.ts';
import { safetyVerdict } from './safety-verdict.ts';
import { type OwnConversation, OwnProtocols } from './telemetry-decode-watch.ts';

export interface CostAndSafetyMemory {
  readonly costs: LedgerMemory;
  readonly samples: SampleMemory;
}

export class CostAndSafety implements FrameSink {
  readonly #own = new OwnProtocols();
  readonly #ledger: CostLedger;
  readonly #tcpSamples: PayloadSamples;
  readonly #udpSamples = new PayloadSamples();

  /** @param memory for what is kept of TCP, where somebody else uses it, too */
  constructor(memory?: CostAndSafetyMemory) {
    this.#ledger = new CostLedger(this.#own, memory?.costs);
    this.#tcpSamples = new PayloadSamples(memory?.samples);
  }

  onFrame(frame: AnalysedFrame): void {
    const { packet } = frame;
    this.#ledger.onFrame(frame);
    if (packet.isQuoted) return;
    if (frame.hasTcp) this.#tcpSamples.take(packet, frame.verdict.place, frame.verdict.events);
    else if (frame.hasUdp) this.#udpSamples.take(packet, frame.udpPlace, 0);
  }

  /** The TCP conversation of that place is another program's than ours: only its first frames are looked into. */
  isOther(place: number): boolean {
    return this.#own.isOtherTcp(place >>> 1);
  }

  /** Nothing was said in the TCP conversation of that place by which it could be told whose it is. */
  isNobodys(place: number): boolean {
    return this.#own.isUnknownTcp(place >>> 1);
  }

  /** Keeps of an ordinary segment's payload what is kept for the verdict on safety. */
  lookInto(packet: Packet, place: number): void {
    this.#tcpSamples.take(packet, place, 0);
  }

  /** Of that side of a TCP conversation nothing more is kept. */
  isFull(place: number): boolean {
    return this.#tcpSamples.isFull(place);
  }

  /** @param ordinary sums over segments that were not given (`ordinary-segments.ts`) */
  costOfCapture(ordinary?: Float64Array): CostSheet {
    return this.#ledger.capture(ordinary);
  }

  /**
   * @param conversation as `tcp.stream` counts
   * @param ordinary as for `costOfCapture`, of the conversation
   */
  costOfTcp(conversation: number, ordinary?: Float64Array): CostSheet {
    return this.#ledger.ofTcp(conversation, ordinary);
  }

  costOfUdp(conversation: number): CostSheet {
    return this.#ledger.ofUdp(conversation);
  }

  safetyOfTcp(conversation: number): SafetyVerdict {
    return safetyVerdict(sides(this.#tcpSamples, conversation), 'tcp', this.#own.ofTcp(conversation));
  }

  safetyOfUdp(conversation: number): SafetyVerdict {
    return safetyVerdict(sides(this.#udpSamples, conversation), 'udp', this.#own.ofUdp(conversation));
  }

  /** What was recognised of our own protocols; undefined where the conversation is of another. */
  ownOfTcp(conversation: number): OwnConversation | undefined {
    return this.#own.ofTcp(conversation);
  }

  ownOfUdp(conversation: number): OwnConversation | undefined {
    return this.#own.ofUdp(conversation);
  }
}

function sides(samples: PayloadSamples, conversation: number): ReturnType<PayloadSamples['piecesOf']>[] {
  return [samples.piecesOf(2 * conversation), samples.piecesOf(2 * conversation + 1)];
}
