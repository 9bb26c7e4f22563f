/** Why a TCP segment was sent, as far as bytes are concerned. */
import { COMPLETENESS, TCP_EVENT } from '../flows/tcp-events.ts';
import type { TcpVerdict } from '../flows/tcp-verdict.ts';
import { TCP_FLAG, type TcpHeader } from '../wire/tcp-header.ts';
import { COST_CAUSES, type CostCause } from './cost.ts';

/** Index of each cause in `COST_CAUSES`. */
export const CAUSE: Readonly<Record<CostCause, number>> = Object.fromEntries(
  COST_CAUSES.map((cause, index) => [cause, index]),
) as Record<CostCause, number>;

const PROBES: number = TCP_EVENT.keepAlive | TCP_EVENT.zeroWindowProbe;
const PROBE_ANSWERS: number = PROBES | TCP_EVENT.keepAliveAck | TCP_EVENT.zeroWindowProbeAck;
const REPEATS: number =
  TCP_EVENT.retransmission | TCP_EVENT.fastRetransmission | TCP_EVENT.spuriousRetransmission;
const HANDSHAKE: number = COMPLETENESS.syn | COMPLETENESS.synAck;
const FIN_RST: number = TCP_FLAG.fin | TCP_FLAG.rst;

// Plain numbers, because they are asked for every segment.
const { data, acknowledgement, duplicateAcknowledgement, retransmission, handshake, close, probe } = CAUSE;

/** Tells the causes of segments; remembers FINs until they are acknowledged. */
export class SegmentCauses {
  /** Sequence number behind a FIN, by the place of who sent it. */
  readonly #fins = new Map<number, number>();

  /** An index of `COST_CAUSES`. A repeated SYN or FIN is still handshake or close. */
  causeOf(header: TcpHeader, verdict: TcpVerdict): number {
    const { flags, payloadLength } = header;
    const { events } = verdict;
    if ((flags & TCP_FLAG.syn) !== 0) return handshake;
    if ((flags & FIN_RST) !== 0) {
      if ((flags & TCP_FLAG.fin) !== 0)
        this.#fins.set(verdict.place, (header.sequence + payloadLength + 1) >>> 0);
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
    const end = this.#fins.get(place ^ 1);
    if (end === undefined || ((acknowledgment - end) | 0) < 0) return false;
    this.#fins.delete(place ^ 1);
    return true;
  }
}
