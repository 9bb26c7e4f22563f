import { describe, expect, it } from 'vitest';
import { LINK_PRESETS } from './presets.ts';
import { type LinkSettings, PERFECT_LINK } from './settings.ts';
import { formatLinkSettings, parseLinkSettings } from './settings-text.ts';

/** What differs from the defaults. */
function changed(text: string): Partial<LinkSettings> {
  const settings = parseLinkSettings(text);
  return Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => value !== PERFECT_LINK[key as keyof LinkSettings]),
  );
}

describe('parseLinkSettings', () => {
  it.each<[string, Partial<LinkSettings>]>([
    ['', {}],
    ['perfect', {}],
    ['delay=20ms', { delayUs: 20_000 }],
    [' delay = 1.5s , jitter=50us ', { delayUs: 1_500_000, jitterUs: 50 }],
    ['jitter=5ms,dist=normal', { jitterUs: 5_000, jitterShape: 'normal' }],
    ['dist=uniform,reorder_ok=0', {}],
    ['reorder_ok=1', { keepsOrder: false }],
    ['loss=5%', { loss: 0.05 }],
    ['loss=0.05,preloss=.01', { loss: 0.05, earlyLoss: 0.01 }],
    ['loss=100%,preloss=1', { loss: 1, earlyLoss: 1 }],
    ['ge=1%:25%', { burstLoss: { enterBad: 0.01, leaveBad: 0.25, lossGood: 0, lossBad: 1 } }],
    ['ge=0.01:0.25:1%', { burstLoss: { enterBad: 0.01, leaveBad: 0.25, lossGood: 0.01, lossBad: 1 } }],
    ['ge=1%:25%:1%:40%', { burstLoss: { enterBad: 0.01, leaveBad: 0.25, lossGood: 0.01, lossBad: 0.4 } }],
    ['get=950ms:50ms', { outages: { goodUs: 950_000, badUs: 50_000, lossBad: 1 } }],
    ['get=1s:50ms:80%', { outages: { goodUs: 1_000_000, badUs: 50_000, lossBad: 0.8 } }],
    [
      'blackout=5s-7s:20s-21500ms',
      {
        blackouts: [
          [5_000_000, 7_000_000],
          [20_000_000, 21_500_000],
        ],
      },
    ],
    ['droplist=5:6:9', { dropNumbers: [5, 6, 9] }],
    ['rate=10mbit,queue=100,qbytes=64KiB', { rateBps: 10_000_000, queuePackets: 100, queueBytes: 65_536 }],
    ['rate=10M', { rateBps: 10_000_000 }],
    ['rate=2.5Gbit/s', { rateBps: 2_500_000_000 }],
    ['rate=512kbit', { rateBps: 512_000 }],
    ['rate=9600', { rateBps: 9_600 }],
    ['rate=0,queue=0,qbytes=0', {}],
    ['dup=1%', { duplication: 0.01 }],
    ['corrupt=1%,checksum=off', { corruption: 0.01, checksum: false }],
    ['reorder=2%:15ms', { reordering: { share: 0.02, holdUs: 15_000 } }],
    ['reorder=2%', { reordering: { share: 0.02, holdUs: 10_000 } }],
    ['mtu=1400,header=48', { mtuBytes: 1_400, headerBytes: 48 }],
    [
      'interop,loss=2%',
      { delayUs: 15_000, rateBps: 10_000_000, queuePackets: 25, mtuBytes: 1_500, loss: 0.02 },
    ],
  ])('reads %j', (text, settings) => {
    expect(changed(text)).toEqual(settings);
  });

  it.each([
    ['delay', '"delay" should be key=value, such as delay=20ms, or one of perfect, lan'],
    ['delay=20', 'delay=20: "20" is not a duration: write it like 250ms'],
    ['delay=20ms,', '"" should be key=value, with one of delay, jitter'],
    ['delay=20ms,lte', '"lte" should be key=value'],
    ['los=5%', '"los=5%" should be key=value, with one of delay, jitter, dist, reorder_ok, loss'],
    ['=5%', '"=5%" should be key=value'],
    ['constructor=1', '"constructor=1" should be key=value'],
    ['loss=5%,loss=6%', '"loss" is given twice'],
    ['loss=5', 'loss=5: "5" is not a share: write 0% to 100%, or 0 to 1'],
    ['loss=-1%', '"-1%" is not a share'],
    ['loss=', '"" is not a share'],
    ['loss=101%', '"101%" is not a share'],
    ['rate=10mbps', '"10mbps" is not a rate: write it like 10mbit'],
    ['rate=', '"" is not a rate'],
    ['rate=50', 'rateBps is 50: expected a whole number from 100'],
    ['queue=1.5', '"1.5" is not a whole number'],
    ['qbytes=many', '"many" is not a size'],
    ['mtu=20', 'mtuBytes is 20: expected a whole number from 68 to 65535'],
    ['dist=pareto', '"pareto" should be one of uniform, normal'],
    ['reorder_ok=yes', '"yes" should be one of 0, 1'],
    ['checksum=1', '"1" should be one of on, off'],
    ['ge=1%', '"1%" should be P:R[:LOSSGOOD[:LOSSBAD]]'],
    ['ge=1%:2%:3%:4%:5%', 'should be P:R[:LOSSGOOD[:LOSSBAD]]'],
    ['get=50ms', '"50ms" should be GOOD:BAD[:LOSSBAD]'],
    ['get=0:50ms', 'outages.goodUs is 0: expected a whole number from 1'],
    ['reorder=2%:15ms:1', 'should be SHARE[:HOLD]'],
    ['blackout=5s', '"5s" should be FROM-UNTIL, such as 5s-7s'],
    ['blackout=7s-5s', 'a blackout from 7000000 until 5000000 µs: expected an end after its beginning'],
    ['droplist=1::2', '"" is not a whole number'],
  ])('refuses %j', (text, problem) => {
    expect(() => parseLinkSettings(text)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        code: 'SW_BAD_LINK',
        message: expect.stringContaining(problem),
      }),
    );
    expect(() => parseLinkSettings(text)).toThrow(`link "${text}": `);
  });
});

describe('formatLinkSettings', () => {
  it.each([
    ['', 'perfect'],
    ['loss=0.07,delay=20000us', 'delay=20ms,loss=7%'],
    ['lte-up,jitter=0', 'delay=35ms,rate=6mbit,queue=200,mtu=1500'],
    ['ge=1%:25%:0:1,get=2s:1500us:100%', 'ge=1%:25%,get=2s:1500us'],
    ['rate=9600,reorder=1%', 'rate=9600bit,reorder=1%:10ms'],
    ['loss=1e-7,dup=0.00001%', 'loss=1e-7,dup=0.00001%'],
    ['blackout=5s-7s:0-1us,checksum=off,reorder_ok=1', 'reorder_ok=1,blackout=5s-7s:0s-1us,checksum=off'],
  ])('writes %j as %j', (text, written) => {
    expect(formatLinkSettings(parseLinkSettings(text))).toBe(written);
  });
});

describe('LINK_PRESETS', () => {
  it('are read by their names, and each says where its figures come from', () => {
    for (const { name, settings, about } of LINK_PRESETS) {
      expect(parseLinkSettings(name)).toEqual(parseLinkSettings(settings));
      expect(about).not.toBe('');
    }
    expect(new Set(LINK_PRESETS.map(preset => preset.name)).size).toBe(LINK_PRESETS.length);
  });
});
