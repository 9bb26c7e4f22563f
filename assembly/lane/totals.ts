/** `src/analysis/totals.ts`: adds up rows of TCP about which nothing is odd. */
import {
  CAPTURE_SUMS,
  EVENT_TOTALS,
  EVENTS_OF_TROUBLE,
  EVENTS_SHIFT,
  FLAGS_MASK,
  FLAGS_SHIFT,
  FRAMES_FOR_COPIES,
  LARGEST_FRAME,
  MARK_COPY,
  MARK_CUT,
  MARK_NO_TIME,
  MARK_QUOTED,
  MARK_TCP,
  ORDINARY_SUMS,
  ROW_BITS,
  ROW_BYTES,
  ROW_LENGTH,
  ROW_PAYLOAD,
  ROW_PLACE,
  ROW_TIME,
  SHORTEST_FRAME,
  SIDE_TOTAL_BYTES,
  SIDE_TOTAL_LARGEST,
  SIDE_TOTAL_PACKETS,
  SIDE_TOTAL_PAYLOAD,
  SIDE_TOTALS,
  SIDE_TOTALS_BYTES,
  SUM_ACK_BYTES,
  SUM_ACKS,
  SUM_DATA,
  SUM_DATA_BYTES,
  SUM_OVERSIZED,
  SUM_PADDING,
  SUM_PAYLOAD,
  TOTAL_BYTES,
  TOTAL_COPY_FRAMES,
  TOTAL_EARLIEST,
  TOTAL_LAST,
  TOTAL_LATEST,
  TOTAL_TCP_PACKETS,
  TOTALS_FLAGS,
  TOTALS_TROUBLES,
} from './layout';

const ODD: i32 = MARK_CUT | MARK_NO_TIME | MARK_COPY | MARK_QUOTED;

function add(at: usize, count: f64): void {
  store<f64>(at, load<f64>(at) + count);
}

/**
 * Adds the rows of a chunk from `from` on, up to `to`; gives the first that is not for the lane.
 * @param chunk its address
 * @param first number of its first row
 */
export function addRows(chunk: usize, from: i32, to: i32, first: i32): i32 {
  for (let index = from; index < to; index++) {
    const row = chunk + <usize>index * ROW_BYTES;
    const bits = load<i32>(row, ROW_BITS);
    const time = load<f64>(row, ROW_TIME);
    if ((bits & (MARK_TCP | ODD)) !== MARK_TCP || time < load<f64>(CAPTURE_SUMS, TOTAL_LAST)) return index;
    const length = <f64>load<i32>(row, ROW_LENGTH);
    const payload = <f64>load<i32>(row, ROW_PAYLOAD);
    const place = load<i32>(row, ROW_PLACE);
    store<f64>(CAPTURE_SUMS, time, TOTAL_LAST);
    store<f64>(CAPTURE_SUMS, min(load<f64>(CAPTURE_SUMS, TOTAL_EARLIEST), time), TOTAL_EARLIEST);
    store<f64>(CAPTURE_SUMS, max(load<f64>(CAPTURE_SUMS, TOTAL_LATEST), time), TOTAL_LATEST);
    add(CAPTURE_SUMS + TOTAL_BYTES, length);
    add(CAPTURE_SUMS + TOTAL_TCP_PACKETS, 1);
    if (first + index < FRAMES_FOR_COPIES) add(CAPTURE_SUMS + TOTAL_COPY_FRAMES, 1);
    const side = SIDE_TOTALS + <usize>place * SIDE_TOTALS_BYTES;
    add(side + SIDE_TOTAL_PACKETS, 1);
    add(side + SIDE_TOTAL_BYTES, length);
    add(side + SIDE_TOTAL_PAYLOAD, payload);
    store<f64>(side, max(load<f64>(side, SIDE_TOTAL_LARGEST), payload), SIDE_TOTAL_LARGEST);
    const flags = TOTALS_FLAGS + ((<usize>(place >>> 1)) << 1);
    store<u16>(flags, load<u16>(flags) | <u16>((<u32>bits >>> FLAGS_SHIFT) & FLAGS_MASK));
    if (bits < 0) addOrdinary(length, payload);
    else if (<u32>bits >>> EVENTS_SHIFT !== 0) addEvents(<i32>(<u32>bits >>> EVENTS_SHIFT), place >>> 1);
  }
  return to;
}

function addOrdinary(length: f64, payload: f64): void {
  if (payload > 0) {
    add(ORDINARY_SUMS + SUM_DATA, 1);
    add(ORDINARY_SUMS + SUM_DATA_BYTES, length);
    add(ORDINARY_SUMS + SUM_PAYLOAD, payload);
  } else {
    add(ORDINARY_SUMS + SUM_ACKS, 1);
    add(ORDINARY_SUMS + SUM_ACK_BYTES, length);
  }
  if (length < <f64>SHORTEST_FRAME) add(ORDINARY_SUMS + SUM_PADDING, <f64>SHORTEST_FRAME - length);
  else if (length > <f64>LARGEST_FRAME) add(ORDINARY_SUMS + SUM_OVERSIZED, 1);
}

function addEvents(events: i32, conversation: i32): void {
  for (let rest = events, total = EVENT_TOTALS; rest !== 0; rest >>>= 1, total += 8) {
    if ((rest & 1) !== 0) add(total, 1);
  }
  if ((events & EVENTS_OF_TROUBLE) === 0) return;
  const troubles = TOTALS_TROUBLES + ((<usize>conversation) << 2);
  store<u32>(troubles, load<u32>(troubles) + 1);
}
