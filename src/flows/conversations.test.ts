import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Conversations } from './conversations.ts';

const A = 0x0a00_0001;
const B = 0xc0a8_0001;

describe('conversations', () => {
  it('are numbered as they appear, and both directions are one', () => {
    const conversations = new Conversations();
    expect(conversations.placeOfIpv4(B, A, 80, 1_000)).toBe(1);
    expect(conversations.placeOfIpv4(A, B, 1_000, 80)).toBe(0);
    expect(conversations.placeOfIpv4(A, B, 1_001, 80)).toBe(2);
    expect(conversations.count).toBe(2);
    expect([conversations.firstSide(0), conversations.firstSide(1)]).toEqual([1, 0]);
  });

  it('take an address as a signed or an unsigned number', () => {
    const conversations = new Conversations();
    expect(conversations.placeOfIpv4(B | 0, A, 80, 1_000)).toBe(conversations.placeOfIpv4(B, A, 80, 1_000));
  });

  it('have sides by the ports where the addresses are one', () => {
    const conversations = new Conversations();
    expect(conversations.placeOfIpv4(A, A, 80, 1_000)).toBe(0);
    expect(conversations.placeOfIpv4(A, A, 1_000, 80)).toBe(1);
    expect(conversations.placeOfIpv4(A, A, 80, 80)).toBe(2);
    expect(conversations.placeOfIpv4(A, A, 80, 80)).toBe(2);
  });

  it('of address 0 and port 0 are conversations, too', () => {
    const conversations = new Conversations();
    expect([conversations.placeOfIpv4(0, 0, 0, 0), conversations.count]).toEqual([0, 1]);
  });

  it('are told apart by their family', () => {
    const conversations = new Conversations();
    const addresses = new Uint8Array(32).fill(7, 16);
    // Both addresses have the numbers 0 and 1 in the book of IPv6.
    const ipv6 = conversations.placeOfIpv6(addresses, 0, 16, 5, 6);
    expect(conversations.placeOfIpv4(0, 1, 5, 6) >>> 1).not.toBe(ipv6 >>> 1);
    expect(conversations.placeOfIpv6(addresses, 16, 0, 6, 5)).toBe(ipv6 ^ 1);
  });

  it('say who talks', () => {
    const conversations = new Conversations();
    conversations.placeOfIpv4(B, A, 80, 65_535);
    expect(conversations.endpoint(0, 0)).toEqual({
      family: 4,
      address: Uint8Array.of(10, 0, 0, 1),
      port: 65_535,
    });
    expect(conversations.endpoint(0, 1)).toEqual({
      family: 4,
      address: Uint8Array.of(192, 168, 0, 1),
      port: 80,
    });
    const addresses = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
    conversations.placeOfIpv6(addresses, 0, 16, 1, 2);
    expect(conversations.endpoint(1, 0)).toEqual({ family: 6, address: addresses.slice(16), port: 2 });
    expect(conversations.endpoint(1, 1)).toEqual({ family: 6, address: addresses.slice(0, 16), port: 1 });
  });

  it('open again with a new number, which is found from then on, also after the table has grown', () => {
    const conversations = new Conversations();
    const place = conversations.placeOfIpv4(B, A, 80, 1_000);
    expect(conversations.reopen(place)).toBe(3);
    for (let port = 2_000; port < 4_000; port++) conversations.placeOfIpv4(A, B, port, 80);
    expect(conversations.placeOfIpv4(B, A, 80, 1_000)).toBe(3);
    expect(conversations.endpoint(1, 1).port).toBe(80);
  });

  it('are what a map of texts says', () => {
    const address = fc.nat({ max: 30 });
    const port = fc.nat({ max: 20 });
    const packet = fc.record({
      isIpv6: fc.boolean(),
      from: address,
      to: address,
      sourcePort: port,
      destinationPort: port,
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 3_000, size: 'max' }), packets => {
        const conversations = new Conversations();
        const model = new Map<string, number>();
        const addresses = new Uint8Array(31 * 16);
        for (let index = 0; index < 31; index++) addresses[16 * index + (index % 16)] = 31 - index;
        for (const { isIpv6, from, to, sourcePort, destinationPort } of packets) {
          const key = [`${from}:${sourcePort}`, `${to}:${destinationPort}`]
            .sort()
            .concat(String(isIpv6))
            .join(' ');
          const expected = model.get(key) ?? model.size;
          model.set(key, expected);
          const place = isIpv6
            ? conversations.placeOfIpv6(addresses, 16 * from, 16 * to, sourcePort, destinationPort)
            : conversations.placeOfIpv4(from * 0x0811_1111, to * 0x0811_1111, sourcePort, destinationPort);
          expect(place >>> 1).toBe(expected);
          expect(conversations.endpoint(expected, place & 1).port).toBe(sourcePort);
        }
        expect(conversations.count).toBe(model.size);
      }),
      { numRuns: 20 },
    );
  });
});
