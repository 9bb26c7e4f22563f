/**
 * Every limit and every timer of the protocol, with its reason (docs/PROTOCOL.md section 6).
 */

/** Versions that this code speaks. */
export const VERSIONS = { lowest: 1, highest: 1 } as const;

/** Bytes of one message: a thousand connections with half a message each then cost 64 MiB at most. */
export const MOST_MESSAGE_BYTES = 65_536;

/** Bytes of a datagram that a sender makes: the size that every IPv6 path carries, less headers (as QUIC, RFC 9000 14.1). */
export const MOST_DATAGRAM_BYTES = 1_200;

/** Readings in one READINGS: packed to nothing they still cost 16 bytes each once decoded. */
export const MOST_READINGS = 4_096;

/** Bytes of frames that a sender keeps, whatever the number of readings: long texts must not fill the memory. */
export const MOST_BUFFER_BYTES: number = 256 * 2 ** 20;

/** Sensors of one session, by default. */
export const MOST_SENSORS = 256;

/** Bytes of a sender's name: the longest host name is 253, but 128 serve. */
export const MOST_SOURCE_BYTES = 128;

/** Bytes of a reason in ERROR and COMMAND-RESULT. */
export const MOST_REASON_BYTES = 512;

/** Readings back from the highest number within which a late datagram is told from a repeated one. */
export const WINDOW_READINGS = 65_536;

/** DELIVERED is sent only where STORED takes longer than this. */
export const DELIVERED_AFTER_US = 20_000;

/** How long datagram acknowledgements wait for company: at 100 Hz one answer serves 25 readings. */
export const DATAGRAM_ACK_AFTER_US = 250_000;

/** ... or for this many messages of readings. */
export const DATAGRAM_ACK_MESSAGES = 64;

/** A connection must say HELLO within this. */
export const HELLO_WITHIN_US = 10_000_000;

/** A datagram peer that says nothing for this long is forgotten. */
export const DATAGRAM_IDLE_US = 120_000_000;

/** ... and after BYE sooner: its repetitions end after two seconds. */
export const DATAGRAM_CLOSED_US = 10_000_000;

/** A sender asks the time this often; it also shows that the collector is there. */
export const CLOCK_EVERY_US = 30_000_000;
/**
 * ... and first after these waits: the first exchanges meet programs that have just started, and are wrong by milliseconds;
 * each request also tells the collector what those before have found.
 */
export const CLOCK_WAITS_US: readonly number[] = [
  50_000, 50_000, 200_000, 700_000, 1_500_000, 3_500_000, 9_000_000, 15_000_000,
];
/** Exchanges that count: those of the first half minute, later four minutes. */
export const CLOCK_KEPT = 8;

/** A sender takes a collector that says nothing for this long to be gone. */
export const STREAM_SILENCE_US = 60_000_000;
/** The same for datagrams, while a reading is unacknowledged: some held-back acknowledgements. */
export const DATAGRAM_SILENCE_US = 3_000_000;

/** HELLO, SENSOR and BYE in datagrams are repeated after these waits, the last one again and again. */
export const HELLO_REPEAT_US: readonly number[] = [
  250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 10_000_000,
];
export const SENSOR_REPEAT_US = 250_000;
export const BYE_REPEAT_US = 250_000;
export const BYE_REPEATS = 8;
