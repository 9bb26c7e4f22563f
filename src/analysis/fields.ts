/** The fields that can be asked for: tshark's names, and what writes each. */
import { UsageError } from '../errors/errors.ts';
import { protocolsWriter } from './field-protocols.ts';
import type { FieldWriter } from './field-writer.ts';
import * as frame from './fields-frame.ts';
import * as network from './fields-network.ts';
import * as options from './fields-tcp-options.ts';
import * as transport from './fields-transport.ts';
import { FLOW_FIELDS, type FlowFieldWriter } from './flow-fields.ts';

const PROTOCOLS = 'frame.protocols';

const WRITERS: ReadonlyMap<string, FieldWriter> = new Map([
  ['frame.number', frame.frameNumber],
  ['frame.time_epoch', frame.frameTime],
  ['frame.len', frame.frameLength],
  ['frame.cap_len', frame.capturedLength],
  ['ip.src', network.ipSource],
  ['ip.dst', network.ipDestination],
  ['ipv6.src', network.ipv6Source],
  ['ipv6.dst', network.ipv6Destination],
  ['ip.proto', network.ipProtocol],
  ['ipv6.nxt', network.ipv6Next],
  ['ip.len', network.ipLength],
  ['ipv6.plen', network.ipv6Length],
  ['tcp.srcport', transport.tcpSourcePort],
  ['tcp.dstport', transport.tcpDestinationPort],
  ['tcp.seq_raw', transport.tcpSequence],
  ['tcp.ack_raw', transport.tcpAcknowledgment],
  ['tcp.flags', transport.tcpFlags],
  ['tcp.len', transport.tcpLength],
  ['tcp.hdr_len', transport.tcpHeaderLength],
  ['tcp.window_size_value', transport.tcpWindowValue],
  ['tcp.options.mss_val', options.mss],
  ['tcp.options.wscale.shift', options.windowScale],
  ['tcp.options.sack_perm', options.sackPermitted],
  ['tcp.options.sack_le', options.sackLeft],
  ['tcp.options.sack_re', options.sackRight],
  ['tcp.options.timestamp.tsval', options.timestampValue],
  ['tcp.options.timestamp.tsecr', options.timestampEcho],
  ['udp.srcport', transport.udpSourcePort],
  ['udp.dstport', transport.udpDestinationPort],
  ['udp.length', transport.udpLength],
  ['udp.stream', transport.udpStream],
]);

export const FIELD_NAMES: readonly string[] = [PROTOCOLS, ...WRITERS.keys(), ...FLOW_FIELDS.keys()].sort();

/** What writes a field. @throws UsageError SW_USAGE for one that there is not, with names that are like it */
export function writerOfField(name: string): FieldWriter {
  if (name === PROTOCOLS) return protocolsWriter();
  const writer = WRITERS.get(name);
  if (writer !== undefined) return writer;
  const flowWriter = FLOW_FIELDS.get(name);
  if (flowWriter !== undefined) return writerOfFlowField(flowWriter);
  throw new UsageError(
    'SW_USAGE',
    `there is no field "${name}": is it ${nearestNames(name)}? (--fields help lists all ${FIELD_NAMES.length})`,
  );
}

function writerOfFlowField(write: FlowFieldWriter): FieldWriter {
  return (out, at, { hasTcp, verdict, packet }) => (hasTcp ? write(verdict, packet.tcp, out, at) : at);
}

const SHOWN_NAMES = 3;

/** `a, b or c`. */
function nearestNames(name: string): string {
  const wanted = name.toLowerCase();
  return FIELD_NAMES.map(known => ({ known, distance: distanceBetween(wanted, known) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SHOWN_NAMES)
    .map(({ known }) => known)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ');
}

/** How many letters have to be put in, left out or changed (Levenshtein); of very long text only the beginning counts. */
function distanceBetween(text: string, other: string): number {
  const cut = text.slice(0, 64);
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const letter of cut) {
    let diagonal = row[0] as number;
    const next = [diagonal + 1];
    for (let index = 0; index < other.length; index++) {
      const above = row[index + 1] as number;
      const changed = diagonal + (letter === other[index] ? 0 : 1);
      next.push(Math.min(changed, above + 1, (next[index] as number) + 1));
      diagonal = above;
    }
    row = next;
  }
  return row[other.length] as number;
}
