/** Words for `capture --explain`: addresses, and what ARP says. */

/** An IP address, with its port where it has one: IPv6 in brackets then. */
export function addressText(bytes: Uint8Array, at: number, family: 4 | 6, port: number | undefined): string {
  const text = family === 4 ? bytes.subarray(at, at + 4).join('.') : ipv6Text(bytes, at);
  if (port === undefined) return text;
  return family === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}

/** As RFC 5952 wants it. */
function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[at + 2 * index] ?? 0) << 8) | (bytes[at + 2 * index + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

const ARP_REQUEST = 1;
const ARP_REPLY = 2;

/** @param at where the ARP header starts (RFC 826, of IPv4 over Ethernet) */
export function arpText(bytes: Uint8Array, at: number): string {
  const ipv4 = (start: number): string => bytes.subarray(start, start + 4).join('.');
  const operation = ((bytes[at + 6] ?? 0) << 8) | (bytes[at + 7] ?? 0);
  if (operation === ARP_REQUEST) return `who has ${ipv4(at + 24)}? tell ${ipv4(at + 14)}`;
  if (operation === ARP_REPLY) return `${ipv4(at + 14)} is here`;
  return `operation ${operation}`;
}
