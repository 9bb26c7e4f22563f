/** An IP address as a string: RFC 5952 for IPv6. */
import { putIpv4, putIpv6 } from './text-addresses.ts';

const IPV4_BYTES = 4;
/** The longest IPv6 address has 8 groups of 4 digits and 7 colons. */
const MOST_TEXT_BYTES = 40;
const ASCII = new TextDecoder('latin1');

export class AddressText {
  readonly #text = new Uint8Array(MOST_TEXT_BYTES);

  /** @param address 4 or 16 bytes */
  of(address: Uint8Array): string {
    const put = address.length === IPV4_BYTES ? putIpv4 : putIpv6;
    return ASCII.decode(this.#text.subarray(0, put(this.#text, 0, address, 0)));
  }
}
