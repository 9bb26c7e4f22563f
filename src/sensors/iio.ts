/**
 * Linux industrial I/O: converters and sensors that the kernel drives, read through sysfs.
 *
 * The raw number goes on the wire as the kernel gives it; scale and offset are announced once, so nothing is
 * lost in conversion. They are read when the sensor is opened.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SensorError } from '../errors/errors.ts';
import { type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import { attributeNames, type ChannelName, channelOf, unitOf } from './iio-channel.ts';
import type { ProblemLog } from './problem-log.ts';
import type { Probe } from './source.ts';
import { badSpec, SpecOptions } from './spec-options.ts';
import {
  listFolder,
  readNumber,
  readOptionalNumber,
  readText,
  readWholeNumber,
  underSysRoot,
} from './sysfs.ts';

/** A device folder and the channels that were asked for. */
export interface IioTarget {
  readonly folder: string;
  /** At least one, in the order of their names. */
  readonly channels: readonly ChannelName[];
}

/** Where the kernel lists its IIO devices, below the root of sysfs. */
const DEVICES = 'bus/iio/devices';

/**
 * Finds the device or channel that a path means: absolute, below `sysRoot`, or the name of a device
 * (`iio:device0`, `device0`), alone or followed by a channel (`/in_voltage0`, `/in_voltage0_raw`).
 * @throws SensorError where there is none; UsageError SW_BAD_SENSOR for an empty path.
 */
export function findIio(spec: string, path: string, sysRoot: string): IioTarget {
  if (path === '') throw badSpec(spec, 'it needs a device or channel, such as iio:device0/in_voltage0');
  const devices = join(sysRoot, DEVICES);
  const candidates = path.startsWith('/')
    ? [underSysRoot(path, sysRoot)]
    : [join(devices, path), join(devices, `iio:${path}`), join(sysRoot, path), path];
  for (const candidate of candidates) {
    if (isFolder(candidate)) return { folder: candidate, channels: channelsOf(spec, candidate) };
    const folder = dirname(candidate);
    const channel = channelOf(basename(candidate)) ?? channelOf(`${basename(candidate)}_raw`);
    if (channel && hasValue(folder, channel)) return { folder, channels: [channel] };
  }
  const found = listFolder(devices, /^iio:device/).map(name => {
    const chip = readText(join(devices, name, 'name'));
    return chip === undefined ? name : `${name} (${chip})`;
  });
  const hint = found.length === 0 ? `there are no devices in ${devices}` : `there are ${found.join(', ')}`;
  throw new SensorError('SW_SENSOR_FAILED', `sensor "${spec}": no such device or channel; ${hint}`);
}

/** A channel's scale or offset in the ABI's unit, or undefined where it has none. */
export function channelAttribute(
  folder: string,
  channel: ChannelName,
  attribute: 'scale' | 'offset',
): number | undefined {
  for (const name of attributeNames(channel, attribute)) {
    const value = readOptionalNumber(join(folder, name));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The options of `iio`. */
const IIO_KEYS = ['name'] as const;

/** `iio:PATH[,name=…]`: each channel of a device, or one of them, in the unit of its type. */
export function iioProbe(spec: string, text: string, sysRoot: string, problems: ProblemLog): Probe {
  const [path, options] = SpecOptions.parsePath(spec, text, IIO_KEYS);
  const target = findIio(spec, path, sysRoot);
  const readers = target.channels.map(channel => channelReader(target, channel, options, problems));
  return {
    sensors: readers.map(({ sensor }) => sensor),
    sample: () => readers.map(({ read }) => read()),
    close: () => undefined,
  };
}

interface ChannelReader {
  readonly sensor: SensorInfo;
  readonly read: () => number | undefined;
}

function channelReader(
  { folder, channels }: IioTarget,
  channel: ChannelName,
  options: SpecOptions,
  problems: ProblemLog,
): ChannelReader {
  const { unit, factor } = unitOf(channel.type);
  const processed = existsSync(join(folder, `${channel.base}_input`));
  const path = join(folder, `${channel.base}_${processed ? 'input' : 'raw'}`);
  // A driver prints either whole numbers or fractions, always: the first value tells which.
  const isWhole = Number.isInteger(readOptionalNumber(path) ?? 0);
  const scale = processed ? 1 : (channelAttribute(folder, channel, 'scale') ?? 1);
  const offset = processed ? 0 : (channelAttribute(folder, channel, 'offset') ?? 0);
  const sensor = sensorInfo({
    name: channelSensorName(folder, channel, options.text('name', ''), channels.length === 1),
    unit,
    type: isWhole ? 'int' : 'float64',
    // `|| 1`: a scale of 0 would make every value the same; the raw number says more.
    scale: scale * factor || 1,
    offset: offset * scale * factor,
  });
  return { sensor, read: () => (isWhole ? readWholeNumber : readNumber)(path, problems) };
}

/** `CHIP/CHANNEL` such as `bme280/temp`; a given name replaces the chip, or all where there is one channel. */
function channelSensorName(folder: string, channel: ChannelName, name: string, alone: boolean): string {
  if (name !== '' && alone) return name;
  const prefix = name || (readText(join(folder, 'name')) ?? '');
  const own = channel.base.slice('in_'.length);
  return prefix === '' ? own : `${prefix}/${own}`;
}

function channelsOf(spec: string, folder: string): ChannelName[] {
  const channels = new Map<string, ChannelName>();
  for (const file of listFolder(folder, /_(?:raw|input)$/)) {
    const channel = channelOf(file);
    if (channel) channels.set(channel.base, channel);
  }
  if (channels.size > 0) return [...channels.values()];
  throw new SensorError('SW_SENSOR_FAILED', `sensor "${spec}": ${folder} has no in_…_raw or in_…_input file`);
}

function hasValue(folder: string, channel: ChannelName): boolean {
  return ['raw', 'input'].some(kind => existsSync(join(folder, `${channel.base}_${kind}`)));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
