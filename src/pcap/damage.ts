/**
 * Damage of a capture is a value, not an exception: every record before it has been given.
 *
 * The rules are those by which Wireshark 4.0 refuses a file or stops in it.
 */

export type DamageReason =
  /** Nothing at all came. */
  | 'empty'
  /** The first bytes are of no format that is read here. */
  | 'not-a-capture'
  /** The last record, block or header is not whole. */
  | 'cut-short'
  /** A version of the format that is not known. */
  | 'version'
  /** Bits that must be 0 in the link type of a pcap header are not. */
  | 'reserved-bits'
  /** A number of a link type that Wireshark 4.0 does not know either. */
  | 'link-type'
  /** A record longer than any packet can be: the lengths are wrong from here on. */
  | 'record-length'
  /** The length of a block is less than its smallest, more than allowed, or not the one that stands at its end. */
  | 'block-length'
  /** A section header whose byte-order magic is no such. */
  | 'byte-order'
  /** A packet or statistics name an interface that its section has not described. */
  | 'interface'
  /** An option of a block, or a record in it, does not fit. */
  | 'option'
  /** The gzip or zstd around the capture is damaged, or not whole. */
  | 'compression'
  /** What a record has in front of the packet is not as its link type asks. */
  | 'pseudo-header';

export interface Damage {
  readonly reason: DamageReason;
  /** What was expected and what came, for people. */
  readonly message: string;
  /** Where the damaged record, block or header starts, in bytes from the start of the capture, once that is inflated. */
  readonly offset: number;
}
