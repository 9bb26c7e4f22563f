import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './system-clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Resolves with the monotonic time at which a timer for `atUs` fired. */
function firedAt(atUs: number): Promise<number> {
  return new Promise(resolve => systemClock.setTimer(atUs, () => resolve(systemClock.monotonicUs())));
}

describe('systemClock', () => {
  it('gives whole microseconds that never go back', () => {
    let before = systemClock.monotonicUs();
    for (let i = 0; i < 10_000; i++) {
      const now = systemClock.monotonicUs();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    expect(Number.isSafeInteger(before) && Number.isSafeInteger(systemClock.wallUs())).toBe(true);
  });

  it('agrees with the settable clock to within its step limit', () => {
    expect(Math.abs(systemClock.wallUs() - Date.now() * 1000)).toBeLessThan(25_000);
  });

  it('follows a step of the settable clock within a second, and back', () => {
    const realNow = performance.now();
    const realDate = Date.now();
    const now = vi.spyOn(performance, 'now').mockReturnValue(realNow + 2_000);
    const date = vi.spyOn(Date, 'now').mockReturnValue(realDate + 2_000 + 3_600_000);
    const wallMs = systemClock.wallUs() / 1000;
    now.mockReturnValue(realNow + 4_000);
    date.mockReturnValue(realDate + 4_000);
    const backMs = systemClock.wallUs() / 1000;
    expect(Math.abs(wallMs - (realDate + 3_602_000))).toBeLessThan(1);
    expect(Math.abs(backMs - (realDate + 4_000))).toBeLessThan(1);
  });

  it('ignores the rounding of the settable clock, so that times are smooth', () => {
    systemClock.wallUs();
    const realNow = performance.now();
    const offsetMs = systemClock.wallUs() / 1000 - realNow;
    vi.spyOn(performance, 'now').mockReturnValue(realNow + 10_000);
    vi.spyOn(Date, 'now').mockReturnValue(Math.floor(realNow + 10_000 + offsetMs + 5));
    expect(Math.abs(systemClock.wallUs() / 1000 - (realNow + 10_000 + offsetMs))).toBeLessThan(1);
  });

  it('never fires a timer early', async () => {
    const startUs = systemClock.monotonicUs();
    const deadlines = Array.from({ length: 40 }, (_, i) => startUs + i * 777);
    const fired = await Promise.all(deadlines.map(firedAt));
    for (const [i, atUs] of deadlines.entries()) expect(fired[i]).toBeGreaterThanOrEqual(atUs);
  });

  it('fires a timer whose time has passed', async () => {
    await expect(firedAt(-1)).resolves.toBeGreaterThan(0);
  });

  it('does not fire a cancelled timer', async () => {
    let fired = false;
    const soonUs = systemClock.monotonicUs() + 1_000;
    const cancel = systemClock.setTimer(soonUs, () => {
      fired = true;
    });
    cancel();
    cancel();
    await firedAt(soonUs + 2_000);
    expect(fired).toBe(false);
  });

  it('waits in pieces for what is longer than setTimeout can count', () => {
    const waits: unknown[] = [];
    const handle = setTimeout(() => undefined, 0);
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((_: () => void, ms?: number) => {
      waits.push(ms);
      return handle;
    }) as typeof setTimeout);
    systemClock.setTimer(systemClock.monotonicUs() + 60 * 86_400_000_000, () => undefined)();
    expect(waits).toEqual([2 ** 31 - 1]);
  });
});
