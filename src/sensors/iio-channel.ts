/**
 * Names and units of Linux industrial I/O (IIO) channels.
 *
 * The kernel's Documentation/ABI/testing/sysfs-bus-iio fixes for each channel type the unit that
 * (raw + offset) × scale has, and that `_input` has. `in_<type>[index][-<type>index][_modifier]_raw`; scale
 * and offset are either the channel's own or shared, with index or modifier left out of their names.
 */

/** A channel of a device. */
export interface ChannelName {
  /** The file names' common beginning, such as `in_voltage0`. */
  readonly base: string;
  /** Such as `voltage`. */
  readonly type: string;
  /** True for `in_voltage0-voltage1`. */
  readonly differential: boolean;
}

/** The unit we announce, and the factor from the ABI's unit to it. */
interface ChannelUnit {
  readonly unit: string;
  readonly factor: number;
}

const UNITS: ReadonlyMap<string, ChannelUnit> = new Map(
  Object.entries({
    accel: { unit: 'm/s²', factor: 1 },
    angl: { unit: 'rad', factor: 1 },
    anglvel: { unit: 'rad/s', factor: 1 },
    capacitance: { unit: 'nF', factor: 1 },
    concentration: { unit: '%', factor: 1 },
    current: { unit: 'mA', factor: 1 },
    distance: { unit: 'm', factor: 1 },
    electricalconductivity: { unit: 'S/m', factor: 1 },
    energy: { unit: 'J', factor: 1 },
    gravity: { unit: 'm/s²', factor: 1 },
    humidityrelative: { unit: '%', factor: 0.001 },
    illuminance: { unit: 'lx', factor: 1 },
    incli: { unit: '°', factor: 1 },
    magn: { unit: 'G', factor: 1 },
    massconcentration: { unit: 'µg/m³', factor: 1 },
    power: { unit: 'mW', factor: 1 },
    pressure: { unit: 'kPa', factor: 1 },
    resistance: { unit: 'Ω', factor: 1 },
    temp: { unit: '°C', factor: 0.001 },
    velocity: { unit: 'm/s', factor: 1 },
    voltage: { unit: 'mV', factor: 1 },
  }),
);

const CHANNEL = /^(in_([a-z]+)[0-9]*(-[a-z]+[0-9]+)?(?:_[A-Za-z0-9_]+)?)_(?:raw|input)$/;

/** The channel that a file is the raw or processed value of, or undefined. */
export function channelOf(fileName: string): ChannelName | undefined {
  const match = CHANNEL.exec(fileName);
  if (!match || match[2] === 'timestamp') return undefined;
  return { base: match[1]!, type: match[2]!, differential: match[3] !== undefined };
}

/** The unit of a channel type: none where the ABI names none. */
export function unitOf(type: string): ChannelUnit {
  return UNITS.get(type) ?? { unit: '', factor: 1 };
}

/** The names under which a channel's `scale` or `offset` may be, its own first. */
export function attributeNames(channel: ChannelName, attribute: 'scale' | 'offset'): string[] {
  const { base, type, differential } = channel;
  const shared = differential ? [`in_${type}-${type}`, `in_${type}`] : [`in_${type}`];
  return [base, ...shared, 'in'].map(prefix => `${prefix}_${attribute}`);
}
