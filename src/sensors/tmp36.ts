/**
 * A TMP36 analogue temperature sensor on a converter that the kernel drives (such as an MCP3008).
 *
 * The sensor gives 10 mV for each degree and 500 mV at 0 °C: °C = (V − 0.5) × 100. The converter's channel
 * gives (raw + offset) × scale millivolts, so °C = raw × scale/10 + (offset × scale − 500)/10, and the raw
 * number goes on the wire exactly.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SensorError } from '../errors/errors.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import { channelAttribute, findIio } from './iio.ts';
import type { ProblemLog } from './problem-log.ts';
import type { Probe } from './source.ts';
import { SpecOptions } from './spec-options.ts';
import { readWholeNumber } from './sysfs.ts';

const MILLIVOLTS_PER_DEGREE = 10;
const MILLIVOLTS_AT_ZERO = 500;

const KEYS = ['name', 'scale'] as const;

/** `tmp36:PATH[,name=…][,scale=mV]`: the lowest voltage channel of a device, or the one that is named. */
export function tmp36Probe(spec: string, text: string, sysRoot: string, problems: ProblemLog): Probe {
  const [path, options] = SpecOptions.parsePath(spec, text, KEYS);
  const { folder, channels } = findIio(spec, path, sysRoot);
  const channel = channels.find(
    ({ type, base }) => type === 'voltage' && existsSync(join(folder, `${base}_raw`)),
  );
  if (channel === undefined) {
    throw new SensorError('SW_SENSOR_FAILED', `sensor "${spec}": ${folder} has no in_voltageN_raw file`);
  }
  const stepMillivolts = options.number('scale', channelAttribute(folder, channel, 'scale') ?? 0, {
    above: 0,
  });
  if (stepMillivolts === 0) {
    throw new SensorError(
      'SW_SENSOR_FAILED',
      `sensor "${spec}": ${folder} has neither ${channel.base}_scale nor in_voltage_scale; ` +
        'give the millivolts of one step, such as scale=3.22265625 for 3.3 V and 10 bits',
    );
  }
  const offsetSteps = channelAttribute(folder, channel, 'offset') ?? 0;
  const rawPath = join(folder, `${channel.base}_raw`);
  const sensor = sensorInfo({
    name: options.text('name', 'tmp36'),
    unit: '°C',
    type: 'int',
    scale: stepMillivolts / MILLIVOLTS_PER_DEGREE,
    offset: (offsetSteps * stepMillivolts - MILLIVOLTS_AT_ZERO) / MILLIVOLTS_PER_DEGREE,
  });
  return {
    sensors: [sensor],
    sample: () => [readWholeNumber(rawPath, problems)],
    close: () => undefined,
  };
}
