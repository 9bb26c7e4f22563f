/**
 * Blocks of pcapng that are records without being packets: custom blocks, system calls, journal entries. Wireshark numbers
 * them among the frames, so they are given too, with the link type `NOT_A_PACKET`.
 */
import { u32 } from './byte-order.ts';
import { NOT_A_PACKET, NOT_SAID, PacketRecord } from './packet-record.ts';
import { BLOCK, FIXED_BYTES, fixedBytesOf } from './pcapng-blocks.ts';
import { TickClock } from './tick-clock.ts';

/** sysdig counts nanoseconds. */
const SYSTEM_CALL_TICKS = 1_000_000_000n;
/** Sixteen digits of microseconds reach the year 2286, and stay exact nearly that far. */
const JOURNAL_TIME = /(?:^|\n)__REALTIME_TIMESTAMP=(\d{1,16})(?:\n|$)/;
const MICROSECONDS = 1_000_000;

const LATIN1 = new TextDecoder('latin1');

export class OtherRecords {
  readonly #record = new PacketRecord();
  readonly #clock = new TickClock(SYSTEM_CALL_TICKS, 0);

  /** The record of a block whose body is `bytes[start]` to `bytes[end - 1]`; `offset` is that of `bytes[0]` in the capture. */
  read(
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    isLittle: boolean,
    offset: number,
  ): PacketRecord {
    const record = this.#record;
    const fixed = fixedBytesOf(type);
    record.bytes = bytes;
    record.start = start + fixed;
    record.capturedLength = end - record.start;
    record.length = record.capturedLength;
    record.linkType = NOT_A_PACKET;
    record.interfaceIndex = NOT_SAID;
    record.offset = offset + record.start;
    record.seconds = 0;
    record.nanoseconds = 0;
    record.hasTime = false;
    if (type === BLOCK.journal) this.#readJournal(record);
    else if (fixed === FIXED_BYTES.systemCall) this.#readSystemCall(record, start, isLittle);
    return record;
  }

  #readSystemCall(record: PacketRecord, start: number, isLittle: boolean): void {
    const { bytes } = record;
    const first = u32(bytes, start + 2, isLittle);
    const second = u32(bytes, start + 6, isLittle);
    this.#clock.convert(isLittle ? second : first, isLittle ? first : second);
    record.seconds = this.#clock.seconds;
    record.nanoseconds = this.#clock.nanoseconds;
    record.hasTime = true;
    record.length = u32(bytes, start + 18, isLittle) & 0x7fffffff;
  }

  #readJournal(record: PacketRecord): void {
    const { bytes, start } = record;
    while (record.capturedLength > 0 && bytes[start + record.capturedLength - 1] === 0)
      record.capturedLength--;
    record.length = record.capturedLength;
    const found = JOURNAL_TIME.exec(LATIN1.decode(bytes.subarray(start, start + record.capturedLength)));
    if (found === null) return;
    const microseconds = Number(found[1]);
    record.seconds = Math.floor(microseconds / MICROSECONDS);
    record.nanoseconds = (microseconds % MICROSECONDS) * 1_000;
    record.hasTime = true;
  }
}
