/**
 * The machine's thermal zones: /sys/class/thermal/thermal_zone*, milli °C as whole numbers.
 */
import { join } from 'node:path';
import { SensorError } from '../errors/errors.ts';
import { type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import type { ProblemLog } from './problem-log.ts';
import type { Probe } from './source.ts';
import { SpecOptions } from './spec-options.ts';
import { listFolder, readOptionalNumber, readText, readWholeNumber } from './sysfs.ts';

const ZONES = 'class/thermal';

/** One zone and where its temperature is. */
export interface ThermalZone {
  readonly sensor: SensorInfo;
  readonly path: string;
}

/** Every zone that can be read now; the second zone of a type is called `TYPE.NUMBER`. */
export function thermalZones(sysRoot: string): ThermalZone[] {
  const zones = new Map<string, ThermalZone>();
  for (const folder of listFolder(join(sysRoot, ZONES), /^thermal_zone[0-9]+$/)) {
    const path = join(sysRoot, ZONES, folder, 'temp');
    // Some drivers list a zone that always fails: it would be counted as failed for ever.
    if (readOptionalNumber(path) === undefined) continue;
    const type = readText(join(sysRoot, ZONES, folder, 'type')) ?? folder;
    const name = `thermal/${zones.has(`thermal/${type}`) ? `${type}.${zoneNumber(folder)}` : type}`;
    zones.set(name, { path, sensor: sensorInfo({ name, unit: '°C', type: 'int', scale: 0.001 }) });
  }
  return [...zones.values()];
}

/** `thermal[:ZONE][,name=…]`: all zones, or the one of that type or number. */
export function thermalProbe(spec: string, text: string, sysRoot: string, problems: ProblemLog): Probe {
  const [wanted, options] = SpecOptions.parsePath(spec, text, ['name']);
  const zones = thermalZones(sysRoot);
  const chosen = zones.filter(({ sensor, path }) => {
    const names = [
      '',
      sensor.name,
      sensor.name.slice('thermal/'.length),
      folderOf(path),
      zoneNumber(folderOf(path)),
    ];
    return names.includes(wanted);
  });
  if (chosen.length === 0) {
    const names = zones.map(({ sensor }) => sensor.name.slice('thermal/'.length)).join(', ');
    const there = names === '' ? `none in ${join(sysRoot, ZONES)} can be read` : `there are ${names}`;
    throw new SensorError('SW_SENSOR_FAILED', `sensor "${spec}": no such thermal zone; ${there}`);
  }
  const name = options.text('name', '');
  return {
    sensors: chosen.map(({ sensor }) => (name !== '' && chosen.length === 1 ? { ...sensor, name } : sensor)),
    sample: () => chosen.map(({ path }) => readWholeNumber(path, problems)),
    close: () => undefined,
  };
}

function folderOf(path: string): string {
  return path.split('/').at(-2) ?? '';
}

function zoneNumber(folder: string): string {
  return folder.slice('thermal_zone'.length);
}
