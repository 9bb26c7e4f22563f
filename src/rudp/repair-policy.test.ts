import { describe, expect, it } from 'vitest';
import { PathLoss } from './path-loss.ts';
import { type RepairOption, RepairPolicy } from './repair-policy.ts';
import { RoundTrip } from './round-trip.ts';

interface Situation {
  readonly option?: RepairOption;
  /** Of 100 packets. */
  readonly lost?: number;
  readonly clean?: number;
  readonly rttUs?: number;
  readonly intervalUs?: number;
}

function policyFor({
  option = 'auto',
  lost = 0,
  clean = 0,
  rttUs = 40_000,
  intervalUs = 10_000,
}: Situation): RepairPolicy {
  const loss = new PathLoss();
  for (let round = 0; round < 10; round++) {
    for (let packet = 0; packet < 100; packet++) {
      if (packet < lost) loss.lost();
      else loss.arrived();
    }
  }
  if (lost > 0) loss.lost();
  for (let packet = 0; packet < clean; packet++) loss.arrived();
  const roundTrip = new RoundTrip();
  roundTrip.sample(rttUs, 0, 0);
  const policy = new RepairPolicy(option, loss, roundTrip);
  for (let message = 0; message < 30; message++) policy.onMessages(1 + message * intervalUs);
  return policy;
}

/** Windows of the symbols in 10 packets with messages, and of those that follow alone. */
function windowsOf(policy: RepairPolicy, intervalUs = 10_000): number[] {
  const windows: number[] = [];
  while (policy.owesSymbol) policy.takeOwed();
  for (let packet = 0; packet < 10; packet++) {
    policy.onMessages((30 + packet) * intervalUs + 1);
    while (policy.owesSymbol) {
      windows.push(policy.window);
      policy.takeOwed();
    }
  }
  return windows;
}

describe('repair that chooses by itself', () => {
  it.each([
    ['nothing on a path that has lost nothing for 500 packets', { lost: 0 }, 0, 0],
    ['nothing 500 packets after a loss', { lost: 1, clean: 500 }, 0, 0],
    ['a symbol in every packet of a path that loses 5 %', { lost: 5 }, 10, 6],
    ['more than one, and wider ones, where 20 % are lost', { lost: 20 }, 11, 12],
    ['nothing where a probe repairs sooner than the next packet', { lost: 5, rttUs: 2_000 }, 0, 0],
  ] as const)('sends %s', (_, situation, symbols, window) => {
    const windows = windowsOf(policyFor(situation));
    expect(windows.length).toBe(symbols);
    expect(new Set(windows)).toEqual(new Set(symbols === 0 ? [] : [window]));
  });

  it('sends one for two packets where hardly anything is lost', () => {
    const policy = policyFor({ lost: 1, clean: 300 });
    expect(policy.isLossy).toBe(true);
    expect(windowsOf(policy).length).toBe(5);
  });

  it('sends a few wide ones where many messages come, in proportion to the loss', () => {
    const many = policyFor({ lost: 1, intervalUs: 500 });
    expect(many.isMany).toBe(true);
    expect(many.ratio).toBe(0.22);
    expect(windowsOf(many, 500)).toContain(12);
    expect(policyFor({ lost: 5, intervalUs: 500 }).ratio).toBeGreaterThan(0.4);
  });

  it('sends two in a round trip and more where packets are long, and fewer than packets', () => {
    const heavy = policyFor({ lost: 1 });
    for (let packet = 0; packet < 30; packet++) heavy.onPacket(700, 0);
    expect(heavy.isMany).toBe(true);
    expect(heavy.ratio).toBeGreaterThan(0.5);
    expect(heavy.ratio).toBeLessThan(0.65);
  });

  it('does not take packets that go together, or a pause, for an interval', () => {
    const policy = policyFor({ lost: 5 });
    const before = policy.intervalUs;
    for (let packet = 0; packet < 50; packet++) policy.onMessages(1 + 29 * 10_000);
    policy.onMessages(100_000_000);
    expect(policy.intervalUs).toBe(before);
  });
});

describe('repair that the user chooses', () => {
  it.each([
    ['off', 0],
    [0, 0],
    [0.25, 2],
    [1, 10],
  ] as const)('%s is %i symbols in 10 packets, whatever is lost', (option, symbols) => {
    expect(windowsOf(policyFor({ option, lost: 0 })).length).toBe(symbols);
    expect(windowsOf(policyFor({ option, lost: 30 })).length).toBe(symbols);
  });
});

describe('the budget of repair', () => {
  it('is one and a half times the bytes of messages in the long run', () => {
    const policy = policyFor({ lost: 5 });
    let spent = 0;
    for (let packet = 0; packet < 1_000; packet++) {
      const symbol = policy.affords(500) ? 500 : 0;
      policy.onPacket(20, symbol);
      spent += symbol;
    }
    expect(spent).toBeLessThanOrEqual(1.5 * 1_000 * 20 + 4_096);
    expect(spent).toBeGreaterThan(1.5 * 1_000 * 20);
  });
});
