/** Receive windows: what a side offered, how often it was full or closed, and how much of the peer's window was used. */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { ROW_MARK } from './columns-chunk.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { WindowReport } from './model.ts';

/** With so much of the window used, the window held the sender back. */
const NEARLY_FULL = 0.9;
/** Of less than so many bytes in flight nothing can be said: ten segments, what every sender may send at once (RFC 6928). */
const MUCH_IN_FLIGHT = 14_600;

class SideWindow {
  smallest = Number.POSITIVE_INFINITY;
  largest = -1;
  last = -1;
  zeroWindows = 0;
  zeroNs = 0;
  /** −1: it is open. */
  zeroSince = -1;
  updates = 0;
  /** Segments of the peer that filled it. */
  filled = 0;
  /** Times that it was closed while the peer had more to send: before the FIN of that. */
  held = 0;
  hasFin = false;
  peakInFlight = 0;
  peakFrame: number | null = null;
  peakShare: number | null = null;
  retransmissions = 0;
}

export class WindowReader implements SegmentSink {
  readonly #sides = [new SideWindow(), new SideWindow()] as const;

  add(segment: Segment): void {
    const { flags, events, window, inFlight } = segment;
    const own = this.#sides[segment.side];
    const peer = this.#sides[segment.side === 0 ? 1 : 0];
    if ((segment.marks & ROW_MARK.notAnalysed) !== 0) return;
    if (inFlight > own.peakInFlight) {
      own.peakInFlight = inFlight;
      own.peakFrame = segment.frame;
      own.peakShare = peer.last > 0 ? inFlight / peer.last : null;
    }
    if (events !== 0) {
      if ((events & TCP_EVENT.windowFull) !== 0) peer.filled++;
      if ((events & TCP_EVENT.windowUpdate) !== 0) own.updates++;
      if ((events & TCP_EVENT.zeroWindow) !== 0) {
        own.zeroWindows++;
        if (!peer.hasFin) own.held++;
      }
      if ((events & TCP_EVENT.retransmission) !== 0) own.retransmissions++;
    }
    if ((flags & TCP_FLAG.fin) !== 0) own.hasFin = true;
    // The window of a RST says nothing (RFC 9293 section 3.5.2).
    if ((flags & TCP_FLAG.rst) !== 0) return;
    if (window === 0 && own.zeroSince < 0) own.zeroSince = segment.timeNs;
    else if (window > 0 && own.zeroSince >= 0) {
      own.zeroNs += segment.timeNs - own.zeroSince;
      own.zeroSince = -1;
    }
    own.last = window;
    // A SYN's is not scaled.
    if ((flags & TCP_FLAG.syn) === 0) {
      if (window < own.smallest) own.smallest = window;
      if (window > own.largest) own.largest = window;
    }
  }

  /** @param isScaleKnown both SYNs are in the capture */
  report(side: 0 | 1, isScaleKnown: boolean): WindowReport {
    const own = this.#sides[side];
    const peer = this.#sides[side === 0 ? 1 : 0];
    const isKnown = own.largest >= 0;
    return {
      smallest: isKnown ? own.smallest : null,
      largest: isKnown ? own.largest : null,
      last: own.last < 0 ? null : own.last,
      isScaleKnown,
      zeroWindows: own.zeroWindows,
      zeroNs: own.zeroNs,
      updates: own.updates,
      filled: own.filled,
      peakInFlight: own.peakInFlight,
      peakFrame: own.peakFrame,
      peakShare: isScaleKnown ? own.peakShare : null,
      limitedBy: limitedBy(own, peer, isScaleKnown),
    };
  }
}

function limitedBy(own: SideWindow, peer: SideWindow, isScaleKnown: boolean): WindowReport['limitedBy'] {
  if (peer.filled > 0 || peer.held > 0) return 'window';
  if (own.peakInFlight < MUCH_IN_FLIGHT) return null;
  if (isScaleKnown && (own.peakShare ?? 0) >= NEARLY_FULL) return 'window';
  return own.retransmissions > 0 ? 'network' : 'sender';
}
