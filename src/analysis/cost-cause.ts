/** Why a TCP segment was sent, as far as bytes are concerned. */
import { COMPLETENESS, TCP_EVENT } from '../flows/tcp-events.ts';
import type { TcpVerdict } from '../flows/tcp-verdict.ts';
import { TCP_FLAG, type TcpHeader } from '../wire/tcp-header.ts';
import { COST_CAUSES, type CostCause } from './cost.ts';

/** Index of each cause in `COST_CAUSES`. */
export const CAUSE: Readonly<Record<CostCause, number>> = Object.fromEntries(
  COST_CAUSES.map((cause, index) => [cause, index]),
) as Record<CostCause, number>;

export const PROBES: number = TCP_EVENT.keepAlive | TCP_EVENT.zeroWindowProbe;
export const PROBE_ANSWERS: number = PROBES | TCP_EVENT.keepAliveAck | TCP_EVENT.zeroWindowProbeAck;
export const REPEATS: number =
  TCP_EVENT.retransmission | TCP_EVENT.fastRetransmission | TCP_EVENT.spuriousRetransmission;
const HANDSHAKE: number = COMPLETENESS.syn | COMPLETENESS.synAck;
const FIN_RST: number = TCP_FLAG.fin | TCP_FLAG.rst;

// Plain numbers, because they are asked for every segment.
const { data, acknowledgement, duplicateAcknowledgement, retransmission, handshake, close, probe } = CAUSE;

/** FINs that wait for their ACK, by the place of who sent them; memory for the first places that somebody else may use, too. */
export interface FinMemory {
  /** Sequence number behind the FIN. */
  readonly ends: Int32Array;
  /** 1: it waits. */
  readonly waiting: Uint8Array;
}

const FIRST_PLACES = 512;

/** Tells the causes of segments; remembers FINs until they are acknowledged. */
export class SegmentCauses {
  #ends: Int32Array;
  #waiting: Uint8Array;

  constructor(memory?: FinMemory) {
    this.#ends = memory?.ends ?? new Int32Array(FIRST_PLACES);
    this.#waiting = memory?.waiting ?? new Uint8Array(FIRST_PLACES);
  }

  /** An index of `COST_CAUSES`. A repeated SYN or FIN is still handshake or close. */
  causeOf(header: TcpHeader, verdict: TcpVerdict): number {
    const { flags, payloadLength } = header;
    const { events } = verdict;
    if ((flags & TCP_FLAG.syn) !== 0) return handshake;
    if ((flags & FIN_RST) !== 0) {
      if ((flags & TCP_FLAG.fin) !== 0) this.#keepFin(verdict.place, header.sequence + payloadLength + 1);
      if (payloadLength === 0 || (flags & TCP_FLAG.rst) !== 0) return close;
    }
    if (payloadLength > 0) {
      if (events === 0) return data;
      if ((events & PROBES) !== 0) return probe;
      return (events & REPEATS) === 0 ? data : retransmission;
    }
    if ((events & PROBE_ANSWERS) !== 0) return probe;
    if ((verdict.completeness & (HANDSHAKE | COMPLETENESS.ack)) === HANDSHAKE) return handshake;
    if ((verdict.completeness & COMPLETENESS.fin) !== 0 && this.#endsDirection(header, verdict)) return close;
    return (events & TCP_EVENT.duplicateAck) === 0 ? acknowledgement : duplicateAcknowledgement;
  }

  /** The segment is the first that acknowledges the peer's FIN. */
  #endsDirection({ acknowledgment }: TcpHeader, { place }: TcpVerdict): boolean {
    const peer = place ^ 1;
    if ((this.#waiting[peer] ?? 0) === 0 || ((acknowledgment - this.#ends[peer]!) | 0) < 0) return false;
    this.#waiting[peer] = 0;
    return true;
  }

  #keepFin(place: number, end: number): void {
    if (place >= this.#ends.length) {
      const more = 2 * Math.max(place, this.#ends.length);
      const [ends, waiting] = [this.#ends, this.#waiting];
      this.#ends = new Int32Array(more);
      this.#waiting = new Uint8Array(more);
      this.#ends.set(ends);
      this.#waiting.set(waiting);
    }
    this.#ends[place] = end;
    this.#waiting[place] = 1;
  }
}
