/**
 * What the packets of one pcapng interface need to be read, of one shape whatever the file says of the interface.
 */
import { mostPacketBytes, pseudoHeaderLength } from './link-types.ts';
import type { InterfaceDescription } from './record-sink.ts';
import { TickClock } from './tick-clock.ts';

export class CaptureInterface {
  /** Counted on from section to section. */
  readonly index: number;
  readonly linkType: number;
  readonly snapLength: number;
  readonly fcsLength: number;
  readonly mostPacketBytes: number;
  readonly pseudoHeader: number;
  readonly clock: TickClock;

  constructor(description: InterfaceDescription) {
    this.index = description.index;
    this.linkType = description.linkType;
    this.snapLength = description.snapLength;
    this.fcsLength = description.fcsLength;
    this.mostPacketBytes = mostPacketBytes(description.linkType);
    this.pseudoHeader = pseudoHeaderLength(description.linkType);
    this.clock = new TickClock(description.ticksPerSecond, description.offsetSeconds);
  }
}
