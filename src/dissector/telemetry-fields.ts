/**
 * Fields of the telemetry protocol (docs/PROTOCOL.md) as Wireshark shows them.
 */
import {
  COMMAND_ACTION,
  COMMAND_STATUS,
  ERROR_CODE,
  errorName,
  MESSAGE,
  TYPE_CODES,
} from '../telemetry/messages/types.ts';
import { type Field, named, namesOf, type Protocol, type ValueNames } from './fields.ts';

const ACTIONS: Record<keyof typeof COMMAND_ACTION, string> = {
  rate: 'set the rate',
  pause: 'pause',
  resume: 'resume',
};
const STATUSES: Record<keyof typeof COMMAND_STATUS, string> = {
  done: 'done',
  unknownSensor: 'no such sensor',
  impossible: 'this source cannot do it',
};

export const ACTION_NAMES: ValueNames = named(COMMAND_ACTION, ACTIONS);
export const STATUS_NAMES: ValueNames = named(COMMAND_STATUS, STATUSES);
const MESSAGES: ValueNames = {
  ...namesOf(MESSAGE, '-'),
  // An end may skip these when it does not know them; 64 is CLOCK-DRIFT.
  '65-95': 'an extension of the sender',
  '192-223': 'an extension of the collector',
};
export const TYPE_NAMES: ValueNames = Object.fromEntries(TYPE_CODES.map((type, code) => [code, type]));
export const ERROR_NAMES: ValueNames = Object.fromEntries(
  Object.values(ERROR_CODE).map(code => [code, errorName(code)]),
);

// biome-ignore format: one row a field
const HEAD: readonly Field[] = [
  { name: 'mark', label: 'Mark', type: 'uint8', hex: true, about: 'Begins every datagram: 0xD0 and the version of its header.' },
  { name: 'tag', label: 'Tag', type: 'uint24', hex: true, about: 'The tag of the session that a datagram belongs to; 0 before WELCOME.' },
  { name: 'length', label: 'Length', type: 'uint32', unit: 'bytes', about: 'Bytes of the message that follows: its type and its body.' },
  { name: 'type', label: 'Type', type: 'uint8', hex: true, values: MESSAGES, about: 'The message.' },
  { name: 'extension', label: 'Body of an extension', type: 'bytes', about: 'The body of a message that may be skipped by who does not know it.' },
  { name: 'option.key', label: 'Option', type: 'uint64', about: 'An option of HELLO or WELCOME; version 1 has none.' },
  { name: 'option.length', label: 'Length', type: 'uint64', unit: 'bytes', about: 'Bytes of an option.' },
  { name: 'option.value', label: 'Value', type: 'bytes', about: 'The bytes of an option.' },
  { name: 'undecoded', label: 'Not decoded', type: 'bytes', about: 'Bytes that cannot be read: of a sensor whose SENSOR is not in the capture, of another version, or after a mistake.' },
];

// biome-ignore format: one row a field
const HANDSHAKE: readonly Field[] = [
  { name: 'hello.magic', label: 'Magic', type: 'string', about: 'The four letters SWIR.' },
  { name: 'hello.lowest_version', label: 'Lowest version', type: 'uint8', about: 'The lowest version that the sender speaks.' },
  { name: 'hello.highest_version', label: 'Highest version', type: 'uint8', about: 'The highest version that the sender speaks.' },
  { name: 'hello.session', label: 'Session', type: 'bytes', about: '16 random bytes: one run of a sender, however many connections it takes.' },
  { name: 'hello.epoch', label: 'Epoch', type: 'absolute_time', about: 'What the times of readings are counted from.' },
  { name: 'hello.from', label: 'From', type: 'uint64', about: 'The lowest reading number that the sender can still send.' },
  { name: 'hello.source', label: 'Source', type: 'string', about: "The sender's name." },
  { name: 'welcome.version', label: 'Version', type: 'uint8', about: 'The version that both speak from now on.' },
  { name: 'welcome.tag', label: 'Tag', type: 'uint24', hex: true, about: "What marks this session's datagrams." },
  { name: 'welcome.position', label: 'Position', type: 'uint64', about: 'The number of the next reading that the collector wants.' },
  { name: 'welcome.missing', label: 'Missing', type: 'uint64', about: 'Readings below the position that never arrived.' },
  { name: 'welcome.most_bytes', label: 'Most bytes a message', type: 'uint64', unit: 'bytes', about: 'The longest message that the collector takes.' },
  { name: 'welcome.most_sensors', label: 'Most sensors', type: 'uint64', about: 'The most sensors that the collector takes in one session.' },
];

// biome-ignore format: one row a field
const SENSOR: readonly Field[] = [
  { name: 'sensor.id', label: 'Sensor', type: 'uint64', about: 'The id that a SENSOR gives to a sensor: 0, 1, 2, …' },
  { name: 'sensor.type', label: 'Type', type: 'uint8', values: TYPE_NAMES, about: 'The type of its readings.' },
  { name: 'sensor.scale', label: 'Scale', type: 'double', about: 'A value is raw × scale + offset.' },
  { name: 'sensor.offset', label: 'Offset', type: 'double', about: 'A value is raw × scale + offset.' },
  { name: 'sensor.rate', label: 'Rate, Hz', type: 'double', about: 'The rate at which it is meant to be read; 0: none.' },
  { name: 'sensor.name', label: 'Name', type: 'string', about: "The sensor's name." },
  { name: 'sensor.unit', label: 'Unit', type: 'string', about: 'The unit of the value.' },
  { name: 'sensors_known.count', label: 'Sensors known', type: 'uint64', about: 'Ids that the collector knows without a gap (datagrams).' },
];

// biome-ignore format: one row a field
const READINGS: readonly Field[] = [
  { name: 'readings.sensor', label: 'Sensor', type: 'uint64', about: 'The id of the sensor that was read.' },
  { name: 'readings.name', label: 'Name', type: 'string', generated: true, about: 'The name of that sensor, from its SENSOR.' },
  { name: 'readings.number', label: 'Number', type: 'uint64', about: "The first reading's number in its session." },
  { name: 'readings.count', label: 'Count', type: 'uint64', about: 'How many readings a READINGS holds.' },
  { name: 'readings.time', label: 'Time', type: 'int64', unit: 'µs after the epoch', about: "The first reading's time, relative to HELLO's epoch." },
  { name: 'readings.period', label: 'Period', type: 'int64', unit: 'µs', about: 'From one expected time to the next.' },
  { name: 'readings.mode', label: 'Mode', type: 'uint8', values: { 0: 'the numbers', 1: 'differences from one to the next' }, about: 'How whole numbers are packed.' },
  { name: 'readings.first', label: 'First number', type: 'int64', about: 'In mode 1: the number that the differences begin with.' },
  { name: 'packed.base', label: 'Base', type: 'int64', about: 'What is added to each number of a packed group of up to 32.' },
  { name: 'packed.width', label: 'Width', type: 'uint8', unit: 'bits', about: 'Bits for each number of a packed group.' },
  { name: 'packed.bits', label: 'Bits', type: 'bytes', about: 'The numbers of a packed group, each minus the base.' },
  { name: 'readings.bools', label: 'Bits', type: 'bytes', about: 'Values of a bool sensor, the first in the highest bit.' },
  { name: 'reading', label: 'Reading', type: 'none', about: 'One reading, with its fields below it.' },
  { name: 'reading.number', label: 'Number', type: 'uint64', generated: true, about: 'Its number in the session.' },
  { name: 'reading.time', label: 'Time', type: 'absolute_time', generated: true, about: 'When it was taken; needs the HELLO of the session.' },
  { name: 'reading.integer', label: 'Raw', type: 'int64', about: 'The raw number of an int or uint sensor.' },
  { name: 'reading.float', label: 'Raw', type: 'double', about: 'The raw number of a float32 or float64 sensor.' },
  { name: 'reading.bool', label: 'Value', type: 'bool', about: 'The value of a bool sensor.' },
  { name: 'reading.text', label: 'Value', type: 'string', about: 'The value of a text sensor.' },
  { name: 'reading.bytes', label: 'Value', type: 'bytes', about: 'The value of a bytes sensor.' },
  { name: 'reading.value', label: 'Value', type: 'double', generated: true, about: 'Raw × scale + offset, in the unit of the sensor.' },
];

// biome-ignore format: one row a field
const CONTROL: readonly Field[] = [
  { name: 'acknowledged.up_to', label: 'Up to', type: 'uint64', about: 'DELIVERED, STORED: readings below this, all but the missing ones.' },
  { name: 'acknowledged.missing', label: 'Missing', type: 'uint64', about: 'DELIVERED, STORED: readings below it that never arrived.' },
  { name: 'clock.t1', label: 't1, request sent', type: 'absolute_time', about: "The sender's time when it asked." },
  { name: 'clock.t2', label: 't2, request arrived', type: 'absolute_time', about: "The collector's time when the request arrived." },
  { name: 'clock.t3', label: 't3, answer sent', type: 'absolute_time', about: "The collector's time when it answered." },
  { name: 'clock.offset', label: 'Offset', type: 'int64', unit: 'µs', about: "What the sender thinks the collector's clock is ahead by." },
  { name: 'clock.uncertainty', label: 'Uncertainty', type: 'uint64', unit: 'µs', about: 'How far that may be off; 0: no estimate yet.' },
  { name: 'clock.drift', label: 'Drift', type: 'int64', unit: 'ppb', about: "How much faster the collector's clock runs, as the sender thinks." },
  { name: 'command.number', label: 'Command', type: 'uint64', about: "The collector's number for a command, in COMMAND and COMMAND-RESULT." },
  { name: 'command.action', label: 'Action', type: 'uint8', values: ACTION_NAMES, about: 'What is to be done.' },
  { name: 'command.sensor', label: 'Sensor', type: 'uint64', about: '0: all of them; otherwise the id + 1.' },
  { name: 'command.rate', label: 'Rate, Hz', type: 'double', about: 'The rate to set.' },
  { name: 'command.status', label: 'Status', type: 'uint8', values: STATUS_NAMES, about: 'What came of a command.' },
  { name: 'command.reason', label: 'Reason', type: 'string', about: 'Why, in words.' },
  { name: 'bye.next', label: 'Next', type: 'uint64', about: 'Readings with this number and above do not exist.' },
  { name: 'bye.dropped', label: 'Dropped', type: 'uint64', about: 'Readings that were given up before they got a number.' },
  { name: 'error.code', label: 'Code', type: 'uint64', values: ERROR_NAMES, about: 'Why an end ends the connection.' },
  { name: 'error.reason', label: 'Reason', type: 'string', about: 'The same in words.' },
];

export const TELEMETRY: Protocol = {
  name: 'sensewire',
  title: 'Sensewire Telemetry',
  fields: [...HEAD, ...HANDSHAKE, ...SENSOR, ...READINGS, ...CONTROL],
  // biome-ignore format: one row each
  experts: [
    { name: 'malformed', label: 'Malformed message', group: 'MALFORMED', severity: 'ERROR', about: 'Bytes that docs/PROTOCOL.md section 5 does not allow.' },
    { name: 'unknown_sensor', label: 'A sensor without its SENSOR', group: 'UNDECODED', severity: 'NOTE', about: 'The announcement was lost, or came before the capture began: values cannot be decoded.' },
    { name: 'cut', label: 'Cut short by the capture', group: 'UNDECODED', severity: 'NOTE', about: 'The packet was longer than the snapshot length.' },
    { name: 'error', label: 'ERROR', group: 'RESPONSE_CODE', severity: 'WARN', about: 'An end ended the connection with an ERROR.' },
  ],
};
