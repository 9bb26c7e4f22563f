/** The sensors of sysfs, against a folder that stands in for it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toValue } from '../readings/batch.ts';
import { sensorProblem } from '../readings/sensor-info.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { iioProbe } from './iio.ts';
import { attributeNames, channelOf } from './iio-channel.ts';
import { ProblemLog } from './problem-log.ts';
import type { Probe } from './source.ts';
import { type Machine, systemProbe } from './system.ts';
import { thermalProbe } from './thermal.ts';
import { tmp36Probe } from './tmp36.ts';

let sysRoot: string;
let problems: ProblemLog;

beforeEach(() => {
  sysRoot = mkdtempSync(join(tmpdir(), 'sensewire-sys-'));
  problems = new ProblemLog(new ManualClock());
});

afterEach(() => {
  rmSync(sysRoot, { recursive: true, force: true });
});

/** Writes files below a folder of the stand-in. */
function put(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(sysRoot, folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** An MCP3008 at 3.3 V as its driver shows it. */
function putMcp3008(files: Readonly<Record<string, string>> = {}): void {
  const folder = 'bus/iio/devices/iio:device0';
  put(folder, { name: 'mcp3008\n', in_voltage0_raw: '226\n', in_voltage_scale: '3.222656250\n', ...files });
}

function valuesOf(probe: Probe): (number | undefined)[] {
  return probe
    .sample(0)
    .map((raw, i) => (raw === undefined ? undefined : Number(toValue(probe.sensors[i]!, raw))));
}

describe('tmp36', () => {
  const open = (path: string): Probe => tmp36Probe(`tmp36:${path}`, path, sysRoot, problems);
  const inDevice = (name: string): string => join(sysRoot, 'bus/iio/devices/iio:device0', name);

  it('puts the raw number on the wire, with the scale that makes it °C', () => {
    putMcp3008();
    const probe = open('iio:device0');
    const [sensor] = probe.sensors;
    expect(sensor).toEqual({
      name: 'tmp36',
      unit: '°C',
      type: 'int',
      scale: 0.322265625,
      offset: -50,
      rateHz: 0,
    });
    expect(probe.sample(0)).toEqual([226]);
    // 226 × 3.22265625 mV = 728.3 mV: 22.8 °C
    expect(valuesOf(probe)[0]).toBeCloseTo(22.832, 3);
  });

  it.each([
    'iio:device0',
    'device0',
    'iio:device0/in_voltage0',
    'iio:device0/in_voltage0_raw',
    'bus/iio/devices/iio:device0',
    '/sys/bus/iio/devices/iio:device0/in_voltage0_raw',
  ])('finds %s', path => {
    putMcp3008();
    expect(open(path).sample(0)).toEqual([226]);
  });

  it('finds an absolute folder or file anywhere', () => {
    putMcp3008();
    expect(open(inDevice('')).sample(0)).toEqual([226]);
    expect(open(inDevice('in_voltage0_raw')).sample(0)).toEqual([226]);
  });

  it('takes the lowest voltage channel of a device, or the one that is named', () => {
    putMcp3008({ in_voltage7_raw: '7', in_voltage10_raw: '10', in_temp_raw: '1' });
    rmSync(inDevice('in_voltage0_raw'));
    expect(open('iio:device0').sample(0)).toEqual([7]);
    expect(open('iio:device0/in_voltage10').sample(0)).toEqual([10]);
  });

  it("prefers the channel's own scale and adds its offset before scaling", () => {
    putMcp3008({ in_voltage0_scale: '0.5', in_voltage0_offset: '-100' });
    expect(valuesOf(open('iio:device0'))).toEqual([((226 - 100) * 0.5) / 10 - 50]);
  });

  it('takes a scale from the spec, and needs one', () => {
    putMcp3008({ in_voltage_scale: '' });
    expect(() => open('iio:device0')).toThrow(/neither in_voltage0_scale nor in_voltage_scale.*scale=3\.22/);
    expect(open('iio:device0,scale=5,name=room').sensors[0]).toMatchObject({ name: 'room', scale: 0.5 });
  });

  it('sees a file that is rewritten, replaced or back again, and counts what it cannot read', () => {
    putMcp3008();
    const probe = open('iio:device0');
    const raw = inDevice('in_voltage0_raw');
    writeFileSync(raw, '512\n');
    expect(probe.sample(0)).toEqual([512]);
    writeFileSync(raw, '');
    expect(probe.sample(0)).toEqual([undefined]);
    writeFileSync(`${raw}.new`, '513');
    renameSync(`${raw}.new`, raw);
    expect(probe.sample(0)).toEqual([513]);
    rmSync(raw);
    expect(probe.sample(0)).toEqual([undefined]);
    writeFileSync(raw, 'broken');
    expect(probe.sample(0)).toEqual([undefined]);
    writeFileSync(raw, '1.5');
    expect(probe.sample(0)).toEqual([undefined]);
    writeFileSync(raw, '-1');
    expect(probe.sample(0)).toEqual([-1]);
    expect(problems.counts()).toEqual({
      empty: 1,
      unreadable: 1,
      'not a number': 1,
      'not a whole number': 1,
    });
  });

  it('names the devices that there are when it finds none', () => {
    expect(() => open('iio:device0')).toThrow(/no such device or channel; there are no devices in /);
    putMcp3008();
    expect(() => open('iio:device9')).toThrow(/there are iio:device0 \(mcp3008\)/);
    expect(() => open('iio:device0/in_voltage3')).toThrow(
      expect.objectContaining({ code: 'SW_SENSOR_FAILED' }),
    );
    expect(() => open('')).toThrow(expect.objectContaining({ code: 'SW_BAD_SENSOR' }));
  });

  it('refuses a device without a voltage', () => {
    put('bus/iio/devices/iio:device0', { in_temp_raw: '1' });
    expect(() => open('iio:device0')).toThrow(/no in_voltageN_raw/);
  });
});

describe('iio', () => {
  const open = (text: string): Probe => iioProbe(`iio:${text}`, text, sysRoot, problems);

  it('yields a sensor for each channel, in the unit of its type', () => {
    put('bus/iio/devices/iio:device1', {
      name: 'bme280\n',
      in_temp_input: '21530\n',
      in_pressure_input: '101.325000000\n',
      in_humidityrelative_input: '40123\n',
      in_timestamp_raw: '1',
      sampling_frequency: '1',
    });
    const probe = open('iio:device1');
    expect(probe.sensors.map(({ name, unit, type }) => [name, unit, type])).toEqual([
      ['bme280/humidityrelative', '%', 'int'],
      ['bme280/pressure', 'kPa', 'float64'],
      ['bme280/temp', '°C', 'int'],
    ]);
    expect(probe.sensors.map(sensorProblem)).toEqual([undefined, undefined, undefined]);
    const values = valuesOf(probe);
    expect(values[0]).toBeCloseTo(40.123, 9);
    expect(values[1]).toBeCloseTo(101.325, 9);
    expect(values[2]).toBeCloseTo(21.53, 9);
  });

  it('applies shared scales and offsets to raw channels, and prefers processed ones', () => {
    put('bus/iio/devices/iio:device2', {
      in_accel_x_raw: '100',
      in_accel_y_raw: '-100',
      in_accel_scale: '0.01',
      in_temp0_raw: '300',
      in_temp0_scale: '100',
      in_temp0_offset: '-50',
      in_illuminance_raw: '5',
      in_illuminance_input: '7',
      in_illuminance_scale: '9',
      'in_voltage0-voltage1_raw': '2',
      'in_voltage-voltage_scale': '1.5',
    });
    const probe = open('device2');
    const byName = Object.fromEntries(probe.sensors.map((sensor, i) => [sensor.name, valuesOf(probe)[i]]));
    expect(byName).toEqual({
      accel_x: 1,
      accel_y: -1,
      temp0: 25,
      illuminance: 7,
      'voltage0-voltage1': 3,
    });
  });

  it('gives one channel the name it is told, and several the name in front', () => {
    put('bus/iio/devices/iio:device1', { name: 'chip', in_temp_raw: '1', in_pressure_raw: '2' });
    expect(open('device1/in_temp,name=room').sensors.map(({ name }) => name)).toEqual(['room']);
    expect(open('device1/in_temp').sensors.map(({ name }) => name)).toEqual(['chip/temp']);
    expect(open('device1,name=room').sensors.map(({ name }) => name)).toEqual(['room/pressure', 'room/temp']);
  });

  it('goes on with the other channels when one fails', () => {
    put('bus/iio/devices/iio:device1', { in_temp_raw: '1', in_pressure_raw: '2' });
    const probe = open('device1');
    rmSync(join(sysRoot, 'bus/iio/devices/iio:device1/in_pressure_raw'));
    expect(probe.sample(0)).toEqual([undefined, 1]);
  });

  it('refuses a folder without channels', () => {
    put('bus/iio/devices/iio:device1', { name: 'dac', out_voltage0_raw: '1' });
    expect(() => open('device1')).toThrow(/has no in_…_raw or in_…_input file/);
  });

  it.each([
    ['in_voltage0_raw', 'in_voltage0', 'voltage'],
    ['in_temp_object_raw', 'in_temp_object', 'temp'],
    ['in_magn_x_raw', 'in_magn_x', 'magn'],
    ['in_concentration_co2_input', 'in_concentration_co2', 'concentration'],
  ])('knows the channel of %s', (file, base, type) => {
    expect(channelOf(file)).toEqual({ base, type, differential: false });
  });

  it('looks for attributes from the nearest to the most shared', () => {
    expect(attributeNames(channelOf('in_voltage2_raw')!, 'scale')).toEqual([
      'in_voltage2_scale',
      'in_voltage_scale',
      'in_scale',
    ]);
    expect(channelOf('out_voltage0_raw')).toBeUndefined();
    expect(channelOf('in_voltage0_scale')).toBeUndefined();
  });
});

describe('thermal', () => {
  const open = (text: string): Probe => thermalProbe(`thermal:${text}`, text, sysRoot, problems);

  beforeEach(() => {
    put('class/thermal', {
      'thermal_zone0/type': 'acpitz\n',
      'thermal_zone0/temp': '27800\n',
      'thermal_zone1/type': 'x86_pkg_temp\n',
      'thermal_zone1/temp': '45000\n',
      'thermal_zone2/type': 'acpitz\n',
      'thermal_zone2/temp': '29800\n',
      'thermal_zone3/type': 'always_fails',
      'thermal_zone3/temp': '',
      'cooling_device0/type': 'Fan',
    });
  });

  it('yields each zone that can be read, in °C', () => {
    const probe = open('');
    expect(probe.sensors.map(({ name }) => name)).toEqual([
      'thermal/acpitz',
      'thermal/x86_pkg_temp',
      'thermal/acpitz.2',
    ]);
    expect(probe.sample(0)).toEqual([27_800, 45_000, 29_800]);
    expect(valuesOf(probe)[1]).toBeCloseTo(45, 9);
  });

  it.each(['x86_pkg_temp', 'thermal/x86_pkg_temp', '1', 'thermal_zone1', '1,name=cpu'])('finds %s', text => {
    const probe = open(text);
    expect(probe.sample(0)).toEqual([45_000]);
    expect(probe.sensors[0]?.name).toBe(text.endsWith('cpu') ? 'cpu' : 'thermal/x86_pkg_temp');
  });

  it('names the zones that there are', () => {
    expect(() => open('gpu')).toThrow(/no such thermal zone; there are acpitz, x86_pkg_temp, acpitz\.2/);
    rmSync(join(sysRoot, 'class'), { recursive: true });
    expect(() => open('')).toThrow(/none in .* can be read/);
  });
});

describe('system', () => {
  it('measures load between samples, memory, load average and zones', () => {
    put('class/thermal', { 'thermal_zone0/type': 'cpu', 'thermal_zone0/temp': '40000' });
    let times = { busy: 1_000, total: 4_000 };
    const machine: Machine = { cpuTimes: () => times, memoryUsed: () => 0.1234, load: () => 1.5 };
    const probe = systemProbe('system', '', sysRoot, problems, machine);
    expect(probe.sensors.map(({ name, unit }) => [name, unit])).toEqual([
      ['cpu', '%'],
      ['memory', '%'],
      ['load', ''],
      ['thermal/cpu', '°C'],
    ]);
    // No time has passed since it was opened: the load since boot.
    expect(probe.sample(0)).toEqual([250, 123, 150, 40_000]);
    times = { busy: 1_100, total: 4_200 };
    expect(probe.sample(10_000)[0]).toBe(250);
    expect(probe.sample(250_000)[0]).toBe(500);
    times = { busy: 1_400, total: 4_500 };
    expect(probe.sample(499_999)[0]).toBe(500);
    expect(probe.sample(500_000)[0]).toBe(1_000);
  });

  it('works on this machine', () => {
    const probe = systemProbe('system', '', '/sys', problems);
    const [cpu, memory] = valuesOf(probe);
    expect(cpu).toBeGreaterThanOrEqual(0);
    expect(cpu).toBeLessThanOrEqual(100);
    expect(memory).toBeGreaterThan(0);
    expect(memory).toBeLessThanOrEqual(100);
  });

  it('takes no options', () => {
    expect(() => systemProbe('system:fast', 'fast', sysRoot, problems)).toThrow(
      expect.objectContaining({ code: 'SW_BAD_SENSOR' }),
    );
  });
});
