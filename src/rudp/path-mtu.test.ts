import { describe, expect, it } from 'vitest';
import { PathMtu } from './path-mtu.ts';

/** One that has found out that the path takes the largest packets. */
function searched(): PathMtu {
  const mtu = new PathMtu(1_472);
  for (let size = mtu.probe(0), number = 0; size !== undefined; size = mtu.probe(0), number++) {
    mtu.onProbeSent(number, size);
    mtu.onProbeAcknowledged(number);
  }
  return mtu;
}

describe('the search for the largest datagram', () => {
  it('begins with 1,200 bytes and takes each step that arrives', () => {
    const mtu = new PathMtu(1_472);
    const sizes: (number | undefined)[] = [mtu.bytes];
    for (let number = 0; number < 3; number++) {
      const size = mtu.probe(0) as number;
      mtu.onProbeSent(number, size);
      expect(mtu.probe(0)).toBeUndefined();
      mtu.onProbeAcknowledged(number);
      sizes.push(mtu.bytes);
    }
    expect(sizes).toEqual([1_200, 1_400, 1_452, 1_472]);
    expect(mtu.probe(0)).toBeUndefined();
  });

  it('goes no farther than the peer takes', () => {
    expect(new PathMtu(1_200).probe(0)).toBeUndefined();
    const mtu = new PathMtu(1_410);
    mtu.onProbeSent(0, mtu.probe(0) as number);
    mtu.onProbeAcknowledged(0);
    expect(mtu.bytes).toBe(1_400);
    expect(mtu.probe(0)).toBeUndefined();
  });

  it('rests for 600 s after three lost probes', () => {
    const mtu = new PathMtu(1_472);
    for (let number = 0; number < 3; number++) {
      mtu.onProbeSent(number, mtu.probe(0) as number);
      mtu.onProbeLost(number, 5);
    }
    expect(mtu.probe(5)).toBeUndefined();
    expect(mtu.probe(600_000_004)).toBeUndefined();
    expect(mtu.probe(600_000_005)).toBe(1_400);
    expect(mtu.bytes).toBe(1_200);
  });

  it('takes no answer of a path that was left', () => {
    const mtu = new PathMtu(1_472);
    mtu.onProbeSent(3, mtu.probe(0) as number);
    mtu.reset();
    mtu.onProbeAcknowledged(3);
    expect(mtu.bytes).toBe(1_200);
    mtu.onProbeSent(9, mtu.probe(0) as number);
    mtu.onProbeLost(3, 0);
    expect(mtu.probe(0)).toBeUndefined();
  });
});

describe('a path that takes large datagrams no more', () => {
  it('is found out by three that are lost while smaller ones arrive', () => {
    const mtu = searched();
    expect(mtu.onLost(1_472, 0)).toBe(false);
    expect(mtu.onLost(1_472, 0)).toBe(false);
    expect(mtu.onLost(1_472, 0)).toBe(false);
    mtu.onAcknowledged(100);
    expect(mtu.onLost(1_472, 0)).toBe(true);
    expect(mtu.bytes).toBe(1_200);
    expect(mtu.probe(599_999_999)).toBeUndefined();
    expect(mtu.probe(600_000_000)).toBe(1_400);
  });

  it('is not taken for one that loses a few of all sizes', () => {
    const mtu = searched();
    for (let packet = 0; packet < 100; packet++) {
      mtu.onAcknowledged(100);
      expect(mtu.onLost(1_472, 0)).toBe(false);
      expect(mtu.onLost(1_472, 0)).toBe(false);
      mtu.onAcknowledged(1_472);
    }
    for (let packet = 0; packet < 10; packet++) expect(mtu.onLost(1_200, 0)).toBe(false);
    expect(mtu.bytes).toBe(1_472);
  });
});
