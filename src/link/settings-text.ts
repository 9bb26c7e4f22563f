/**
 * Link settings as people write them: `delay=20ms,loss=5%,rate=10mbit,queue=100`, or a name with changes,
 * `lte,loss=2%`.
 *
 * | key | value | |
 * | --- | --- | --- |
 * | delay, jitter | duration | |
 * | dist | uniform, normal | shape of the jitter |
 * | reorder_ok | 0, 1 | 1: jitter may let packets pass each other |
 * | loss, preloss | share | on the link; before the queue |
 * | ge | P:R[:LOSSGOOD[:LOSSBAD]] | Gilbert-Elliott per packet: good to bad, bad to good, loss 0 and 1 |
 * | get | GOOD:BAD[:LOSSBAD] | Gilbert-Elliott in time: mean lengths, loss 1 |
 * | blackout | FROM-UNTIL[:FROM-UNTIL…] | nothing crosses |
 * | droplist | N[:N…] | these packets are lost, counted from 0 |
 * | rate | bits a second | 10mbit, 512kbit, 1gbit, 9600 |
 * | queue, qbytes | packets, size | for `rate`; 0: no limit |
 * | dup, corrupt | share | come twice; some bits flip |
 * | checksum | on, off | on: what UDP's checksum sees as damaged does not arrive |
 * | reorder | SHARE[:HOLD] | held 10ms, or so long |
 * | mtu, header | size | longest packet; what a packet costs beyond its bytes |
 *
 * A share is 5% or 0.05; a duration has a unit, and so may a size: 64KiB.
 */
import { SensewireError, UsageError } from '../errors/errors.ts';
import { parseDuration, parseSize } from '../time/quantities.ts';
import { LINK_PRESETS } from './presets.ts';
import {
  formatRate,
  formatShare,
  formatUs,
  readChoice,
  readCount,
  readParts,
  readRate,
  readShare,
} from './quantities.ts';
import { type Blackout, checkLinkSettings, type LinkSettings, PERFECT_LINK } from './settings.ts';

/** How long `reorder` holds a packet where it does not say. */
const DEFAULT_HOLD_US = 10_000;

/** How one key is read, and written again: undefined where its setting is the default. */
interface Key {
  read(text: string): Partial<LinkSettings>;
  write(settings: LinkSettings): string | undefined;
}

/** In the order in which they are written. */
const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['delay', simple('delayUs', parseDuration, formatUs)],
  ['jitter', simple('jitterUs', parseDuration, formatUs)],
  ['dist', simple('jitterShape', text => readChoice(text, ['uniform', 'normal']), String)],
  [
    'reorder_ok',
    simple(
      'keepsOrder',
      text => readChoice(text, ['0', '1']) === '0',
      keeps => (keeps ? '0' : '1'),
    ),
  ],
  ['loss', simple('loss', readShare, formatShare)],
  ['preloss', simple('earlyLoss', readShare, formatShare)],
  ['ge', { read: readBurstLoss, write: writeBurstLoss }],
  ['get', { read: readOutages, write: writeOutages }],
  ['blackout', { read: readBlackouts, write: writeBlackouts }],
  ['droplist', { read: readDropList, write: writeDropList }],
  ['rate', simple('rateBps', readRate, formatRate)],
  ['queue', simple('queuePackets', readCount, String)],
  ['qbytes', simple('queueBytes', parseSize, String)],
  ['dup', simple('duplication', readShare, formatShare)],
  ['corrupt', simple('corruption', readShare, formatShare)],
  [
    'checksum',
    simple(
      'checksum',
      text => readChoice(text, ['on', 'off']) === 'on',
      on => (on ? 'on' : 'off'),
    ),
  ],
  ['reorder', { read: readReordering, write: writeReordering }],
  ['mtu', simple('mtuBytes', parseSize, String)],
  ['header', simple('headerBytes', parseSize, String)],
]);

/**
 * Reads settings; what is not named is as in `PERFECT_LINK`, or as in the preset that stands first.
 * @throws UsageError SW_BAD_LINK that names the part which is wrong
 */
export function parseLinkSettings(text: string): LinkSettings {
  let settings = PERFECT_LINK;
  const seen = new Set<string>();
  const parts = text.trim() === '' ? [] : text.split(',').map(part => part.trim());
  for (const [index, part] of parts.entries()) {
    const equals = part.indexOf('=');
    if (equals < 0 && index === 0) {
      settings = readPreset(part, text);
      continue;
    }
    const name = part.slice(0, Math.max(equals, 0)).trim();
    const key = KEYS.get(name);
    if (equals < 0 || key === undefined)
      throw badLink(text, `"${part}" should be key=value, with one of ${[...KEYS.keys()].join(', ')}`);
    if (seen.has(name)) throw badLink(text, `"${name}" is given twice`);
    seen.add(name);
    settings = { ...settings, ...inLink(text, part, () => key.read(part.slice(equals + 1).trim())) };
  }
  inLink(text, undefined, () => checkLinkSettings(settings));
  return settings;
}

/** The shortest text that `parseLinkSettings` reads as these settings; `perfect` where nothing differs from that. */
export function formatLinkSettings(settings: LinkSettings): string {
  const parts: string[] = [];
  for (const [name, key] of KEYS) {
    const value = key.write(settings);
    if (value !== undefined) parts.push(`${name}=${value}`);
  }
  return parts.length === 0 ? 'perfect' : parts.join(',');
}

function readPreset(name: string, text: string): LinkSettings {
  const preset = LINK_PRESETS.find(candidate => candidate.name === name);
  if (preset !== undefined) return parseLinkSettings(preset.settings);
  const names = LINK_PRESETS.map(candidate => candidate.name).join(', ');
  throw badLink(text, `"${name}" should be key=value, such as delay=20ms, or one of ${names}`);
}

function badLink(text: string, problem: string): UsageError {
  return new UsageError('SW_BAD_LINK', `link "${text}": ${problem}`);
}

/** Runs a reader; what it refuses is told with the whole text and the part. */
function inLink<Result>(text: string, part: string | undefined, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SensewireError)) throw error;
    throw badLink(text, part === undefined ? error.message : `${part}: ${error.message}`);
  }
}

/** A key that stands for one setting. */
function simple<Name extends keyof LinkSettings>(
  name: Name,
  read: (text: string) => LinkSettings[Name],
  format: (value: LinkSettings[Name]) => string,
): Key {
  return {
    read: text => ({ [name]: read(text) }),
    write: settings => (settings[name] === PERFECT_LINK[name] ? undefined : format(settings[name])),
  };
}

// What stands for more than one number.

function readBurstLoss(text: string): Partial<LinkSettings> {
  const parts = readParts(text, 2, 4, 'P:R[:LOSSGOOD[:LOSSBAD]], such as 1%:25%').map(readShare);
  const [enterBad = 0, leaveBad = 0, lossGood = 0, lossBad = 1] = parts;
  return { burstLoss: { enterBad, leaveBad, lossGood, lossBad } };
}

function writeBurstLoss({ burstLoss }: LinkSettings): string | undefined {
  if (burstLoss === undefined) return undefined;
  const { enterBad, leaveBad, lossGood, lossBad } = burstLoss;
  const shares = lossBad !== 1 ? [lossGood, lossBad] : lossGood !== 0 ? [lossGood] : [];
  return [enterBad, leaveBad, ...shares].map(formatShare).join(':');
}

function readOutages(text: string): Partial<LinkSettings> {
  const [good, bad, loss = '1'] = readParts(text, 2, 3, 'GOOD:BAD[:LOSSBAD], such as 950ms:50ms');
  return {
    outages: { goodUs: parseDuration(good!), badUs: parseDuration(bad!), lossBad: readShare(loss) },
  };
}

function writeOutages({ outages }: LinkSettings): string | undefined {
  if (outages === undefined) return undefined;
  const loss = outages.lossBad === 1 ? '' : `:${formatShare(outages.lossBad)}`;
  return `${formatUs(outages.goodUs)}:${formatUs(outages.badUs)}${loss}`;
}

function readReordering(text: string): Partial<LinkSettings> {
  const [share, hold] = readParts(text, 1, 2, 'SHARE[:HOLD], such as 2%:15ms');
  const holdUs = hold === undefined ? DEFAULT_HOLD_US : parseDuration(hold);
  return { reordering: { share: readShare(share!), holdUs } };
}

function writeReordering({ reordering }: LinkSettings): string | undefined {
  return reordering && `${formatShare(reordering.share)}:${formatUs(reordering.holdUs)}`;
}

function readBlackouts(text: string): Partial<LinkSettings> {
  const blackouts = text.split(':').map((span): Blackout => {
    const times = span.split('-');
    if (times.length !== 2)
      throw new UsageError('SW_BAD_LINK', `"${span}" should be FROM-UNTIL, such as 5s-7s`);
    return [parseDuration(times[0]!), parseDuration(times[1]!)];
  });
  return { blackouts };
}

function writeBlackouts({ blackouts }: LinkSettings): string | undefined {
  if (blackouts.length === 0) return undefined;
  return blackouts.map(([fromUs, untilUs]) => `${formatUs(fromUs)}-${formatUs(untilUs)}`).join(':');
}

function readDropList(text: string): Partial<LinkSettings> {
  return { dropNumbers: text.split(':').map(readCount) };
}

function writeDropList({ dropNumbers }: LinkSettings): string | undefined {
  return dropNumbers.length === 0 ? undefined : dropNumbers.join(':');
}
