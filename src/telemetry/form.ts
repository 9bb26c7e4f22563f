/** How messages travel: in a byte stream, or in datagrams that may be lost (docs/PROTOCOL.md section 2). */
export type Form = 'stream' | 'datagram';
