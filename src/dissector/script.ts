/**
 * The Wireshark dissector as one Lua file: tables made from our layouts, and the hand-written walk over them.
 */

import * as rudp from '../rudp/layout.ts';
import { ACK_DELAY_UNIT_US, COOKIE_BYTES, FRAME, MESSAGE, PACKET, REPAIR, SHORT } from '../rudp/layout.ts';
import * as limits from '../telemetry/limits.ts';
import { COMMAND_ACTION, MESSAGE as TELEMETRY_MESSAGE } from '../telemetry/messages/types.ts';
import { spelled } from './fields.ts';
import { PORTS } from './lua-ports.ts';
import { READER } from './lua-reader.ts';
import { READINGS } from './lua-readings.ts';
import { PACKETS } from './lua-rudp.ts';
import { CONNECTIONS } from './lua-rudp-connections.ts';
import { FRAMES as RUDP_FRAMES } from './lua-rudp-frames.ts';
import { LONG_PACKETS } from './lua-rudp-long.ts';
import { MESSAGES as RUDP_MESSAGES } from './lua-rudp-messages.ts';
import { TRANSPORTS } from './lua-telemetry.ts';
import { FRAMES, SESSIONS } from './lua-telemetry-frames.ts';
import { MESSAGES } from './lua-telemetry-messages.ts';
import { declaration, lua, valueNames } from './lua-text.ts';
import { CLOSE_NAMES, KIND_NAMES, PARAMETERS, RELIABLE_UDP } from './rudp-fields.ts';
import { BODIES } from './telemetry-bodies.ts';
import { ACTION_NAMES, ERROR_NAMES, STATUS_NAMES, TELEMETRY, TYPE_NAMES } from './telemetry-fields.ts';

/** The first byte of datagrams of telemetry. */
const DATAGRAM_MARK = 0xd1;
/** As sensor descriptions have them, in bytes. */
const NAME_BYTES = 128;
const UNIT_BYTES = 32;
/** A message of 1 MiB needs 900 packets of 1,200 bytes; what is in smaller pieces than these is not put together. */
const MOST_PIECES = 4_096;

/**
 * The Lua script, for Wireshark 4.0 and later.
 *
 * @param version of the program that made it, for Wireshark's list of plugins.
 */
export function dissectorScript(version: string): string {
  return `${[
    head(version),
    section(
      'Fields and expert infos',
      declaration(TELEMETRY, 'TF', 'TX'),
      declaration(RELIABLE_UDP, 'RF', 'RX'),
    ),
    section('Layouts', telemetryTables(), rudpTables()),
    section('Reading', READER),
    section('Telemetry (docs/PROTOCOL.md)', READINGS, SESSIONS, MESSAGES, FRAMES, TRANSPORTS),
    section(
      'Reliable UDP (docs/RELIABLE-UDP.md)',
      CONNECTIONS,
      RUDP_MESSAGES,
      RUDP_FRAMES,
      LONG_PACKETS,
      PACKETS,
    ),
    section('Ports', PORTS),
  ].join('\n\n')}\n`;
}

function head(version: string): string {
  return `-- Wireshark dissector of sensewire ${version}: telemetry over TCP, UDP and reliable UDP, and reliable UDP itself.
--
-- Made by "sensewire dissector"; do not edit it, make it again. Put it into Wireshark's folder "Personal Lua Plugins"
-- (Help, About Wireshark, Folders), or try it with: tshark -X lua_script:sensewire.lua -r FILE
-- Filters begin with sensewire. and swrudp. (Wireshark has an rudp of its own, another protocol).

set_plugin_info({
  version = ${lua(version)},
  description = "Sensewire telemetry and reliable UDP",
})`;
}

function section(title: string, ...parts: readonly string[]): string {
  return [`-- ${'-'.repeat(8)} ${title}`, ...parts.map(part => part.trim())].join('\n\n');
}

function constants(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `local ${name} = ${value}`)
    .join('\n');
}

function telemetryTables(): string {
  const bodies = BODIES.map(({ type, name, parts }) => {
    const list = parts.map(({ field, kind }) => [field, kind]);
    return `  [${type}] = { name = ${lua(name)}, parts = ${lua(list)} },`;
  });
  return [
    constants({
      DATAGRAM_MARK,
      TYPE_HELLO: TELEMETRY_MESSAGE.hello,
      ACTION_RATE: COMMAND_ACTION.rate,
      VERSION_LOWEST: limits.VERSIONS.lowest,
      VERSION_HIGHEST: limits.VERSIONS.highest,
      MOST_FRAME_BYTES: limits.MOST_MESSAGE_BYTES,
      MOST_READINGS: limits.MOST_READINGS,
      MOST_SOURCE_BYTES: limits.MOST_SOURCE_BYTES,
      MOST_NAME_BYTES: NAME_BYTES,
      MOST_UNIT_BYTES: UNIT_BYTES,
      MOST_REASON_BYTES: limits.MOST_REASON_BYTES,
      TYPES: valueNames(TYPE_NAMES),
      ERRORS: valueNames(ERROR_NAMES),
      ACTIONS: valueNames(ACTION_NAMES),
      STATUSES: valueNames(STATUS_NAMES),
      NUMERIC: lua({ int: true, uint: true, float32: true, float64: true }),
    }),
    `-- Messages by type: fields in their order, and how each is written.\nlocal BODIES = {\n${bodies.join('\n')}\n}`,
  ].join('\n\n');
}

function rudpTables(): string {
  const parameters = PARAMETERS.map(({ id, least, most }) => `[${id}] = ${lua([least, most])}`);
  return [
    constants({
      RUDP_VERSION: rudp.VERSION,
      SHORT_LONG: SHORT.long,
      SHORT_ASK_NOW: SHORT.askNow,
      SHORT_NUMBERED: SHORT.numbered,
      SHORT_NUMBER_BYTES: SHORT.numberBytes,
      SHORT_NUMBER_UNIT: 1 << rudp.NUMBER_BYTES_SHIFT,
      SHORT_RESERVED: SHORT.reserved,
      NONCE_BYTES: rudp.NONCE_BYTES,
      COOKIE_BYTES,
      TOKEN_BYTES: rudp.TOKEN_BYTES,
      PATH_DATA_BYTES: rudp.PATH_DATA_BYTES,
      FRAME_PADDING: FRAME.padding,
      FRAME_ACK: FRAME.ack,
      ACK_DELAY_UNIT_US,
      MOST_ACK_RANGES: rudp.MOST_ACK_RANGES,
      MESSAGE_CHANNEL: MESSAGE.channel,
      MESSAGE_FRAGMENT: MESSAGE.fragment,
      MESSAGE_LENGTH: MESSAGE.length,
      MESSAGE_CHAINED: MESSAGE.chained,
      MESSAGE_SEQUENCE: MESSAGE.sequence,
      MOST_RUDP_MESSAGE_BYTES: rudp.MOST_MESSAGE_BYTES,
      MOST_PIECES,
      REPAIR_EQUAL: REPAIR.equalLengths,
      REPAIR_WINDOW: REPAIR.window,
      SOURCE_LENGTH_BYTES: rudp.SOURCE_LENGTH_BYTES,
      LONG_TYPES: byNumber(Object.entries(PACKET)),
      KINDS: valueNames(KIND_NAMES),
      CLOSE_CODES: valueNames(CLOSE_NAMES),
      PARAMETERS: `{ ${parameters.join(', ')} }`,
      FRAME_NAMES: byNumber(frameTypes()),
    }),
  ].join('\n\n');
}

/** Every first byte that a frame may have, with the name of the frame. */
function frameTypes(): (readonly [string, number])[] {
  const flags: Partial<Record<keyof typeof FRAME, number>> = {
    ack: rudp.ACK_REPAIRED,
    message: Object.values(MESSAGE).reduce<number>((all, flag) => all | flag, 0),
    repair: REPAIR.equalLengths | REPAIR.window,
  };
  return (Object.keys(FRAME) as (keyof typeof FRAME)[]).flatMap(name => {
    const own = flags[name] ?? 0;
    return Array.from({ length: 256 }, (_, byte) => byte)
      .filter(byte => (byte & ~own) === FRAME[name])
      .map(byte => [name, byte] as const);
  });
}

function byNumber(entries: readonly (readonly [string, number])[]): string {
  return `{ ${entries.map(([name, value]) => `[${value}] = ${lua(spelled(name, '_'))}`).join(', ')} }`;
}
