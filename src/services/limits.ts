/**
 * What a server of the classic services takes at most, with the reasons.
 */

/** Connections at once. An idle one costs some 10 KiB, one that does not read 64 KiB more. */
export const MOST_CONNECTIONS = 10_000;

/** Refused clients that are still being told so: a flood of them must not cost what the limit above is to save. */
export const MOST_BEING_REFUSED = 64;

/** UDP peers that are remembered, to say who came and went. Some 300 bytes each; the one silent for longest goes first. */
export const MOST_DATAGRAM_PEERS = 10_000;

/** A UDP peer has left when nothing came for so long: datagrams have no goodbye. */
export const FORGET_PEER_US = 60_000_000;

/** At the end, open connections have this long to get what was said to them. */
export const END_WITHIN_US = 1_000_000;

/**
 * A message without a newline is complete when nothing more came for so long: above 200 ms, after which Linux sends a
 * lost segment again (TCP_RTO_MIN), below what a person notices as waiting.
 */
export const QUIET_US = 250_000;

/** A line that is longer is answered as far as it came: as much as a socket holds for its reader anyway. */
export const MOST_LINE_BYTES = 65_536;

/** A record of `serve struct`: each connection may hold an unfinished one. */
export const MOST_RECORD_BYTES = 65_536;
