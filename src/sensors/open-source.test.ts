import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../time/manual-clock.ts';
import { openSource, SENSOR_KINDS } from './open-source.ts';
import type { ReadingSink } from './source.ts';

const clock = new ManualClock();

describe('openSource', () => {
  it('opens a probe at its own rate, or at the one that is given', async () => {
    const own = await openSource('sine:period=1s', { clock });
    expect([own.spec, own.sensors[0]?.rateHz]).toEqual(['sine:period=1s', 100]);
    expect((await openSource('system', { clock })).sensors[0]?.rateHz).toBe(1);
    expect((await openSource('walk', { clock, rateHz: 0.5 })).sensors[0]?.rateHz).toBe(0.5);
    expect((await openSource('random', { clock, rateHz: 'max' })).sensors[0]?.rateHz).toBe(0);
  });

  it('runs a square wave of three readings in virtual time', async () => {
    const raws: unknown[] = [];
    const sink: ReadingSink = { push: (_, __, raw) => raws.push(raw) > 0, ready: async () => undefined };
    const source = await openSource('square:type=bool,period=20ms', { clock, count: 3 });
    const done = source.run(sink, new AbortController().signal);
    clock.advance(20_000);
    await done;
    expect(raws).toEqual([1, 0, 1]);
    expect(source.report().samples).toBe(3);
  });

  it.each([
    ['sinus', /there is no sensor "sinus": did you mean "sine"\? There are random, sine, .*, csv/],
    ['barometer:x', /there is no sensor "barometer": There are random/],
    ['', /there is no sensor "": There are/],
    ['constructor', /there is no sensor "constructor"/],
    ['sine:hertz=1', /there is no option "hertz"/],
  ])('refuses %j', async (spec, message) => {
    const opening = openSource(spec, { clock });
    await expect(opening).rejects.toMatchObject({
      code: 'SW_BAD_SENSOR',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a rate that is none', async () => {
    await expect(openSource('sine', { clock, rateHz: 0 })).rejects.toMatchObject({ code: 'SW_BAD_RATE' });
  });

  it('lists every kind for help texts', () => {
    for (const { kind, form, summary } of SENSOR_KINDS) {
      expect(form.startsWith(kind)).toBe(true);
      expect(summary).not.toBe('');
    }
  });

  it('is documented, each kind with its rate', () => {
    const docs = readFileSync(new URL('../../docs/SENSORS.md', import.meta.url), 'utf8');
    for (const { kind, defaultRateHz } of SENSOR_KINDS) {
      const row = docs.split('\n').find(line => line.startsWith('| [') && line.includes(`\`${kind}`));
      expect(row, kind).toContain(defaultRateHz === 0 ? '| as ' : `| ${defaultRateHz} Hz |`);
    }
  });
});
