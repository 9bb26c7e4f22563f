/** What Ethernet makes of a frame on the cable, after it was captured. */

/** Shorter frames are filled up by the sender; without the check sequence. */
export const SHORTEST_FRAME = 60;
/** Bytes of the largest ordinary frame behind its link header. */
export const LARGEST_PACKET = 1_500;

/** The sender's Ethernet address is all zeros: the loopback interface of Linux, so that the frame never was on a cable. */
export function isFromZero(bytes: Uint8Array, start: number): boolean {
  const at = start + 6;
  return (
    bytes[at] === 0 &&
    bytes[at + 1] === 0 &&
    bytes[at + 2] === 0 &&
    bytes[at + 3] === 0 &&
    bytes[at + 4] === 0 &&
    bytes[at + 5] === 0
  );
}
