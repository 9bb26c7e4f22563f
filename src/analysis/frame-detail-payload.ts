/**
 * What the payload of a frame says: our telemetry message by message, reliable UDP frame by frame, other protocols by name, and
 * text as text.
 */
import type { Packet } from '../wire/packet.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { type DetailField, FieldTree, hexText } from './frame-detail-fields.ts';
import type { DetailLayer, DetailSource } from './frame-detail-model.ts';
import { isText, textRuns } from './readable-text.ts';
import { findReadable } from './readable-values.ts';
import { recognise } from './safety-recognise.ts';
import type { SamplePiece } from './safety-sample.ts';
import { nameOf } from './safety-verdict.ts';
import { DATAGRAM_HEADER } from './telemetry-decode-frames.ts';
import { messageName, walkFrame } from './telemetry-decode-message.ts';
import { placesIn, type Stretch } from './telemetry-decode-places.ts';
import type { RudpConnection } from './telemetry-decode-rudp.ts';
import { walkPacket } from './telemetry-decode-rudp-walk.ts';
import type { MessageTap, TelemetrySession } from './telemetry-decode-session.ts';
import { addField } from './telemetry-decode-values.ts';
import { OwnProtocols } from './telemetry-decode-watch.ts';
import { counted } from './words.ts';

/** Things that are named in a payload of text. */
const MOST_FINDINGS = 32;

/** A layer whose places are still to be told. */
type Draft = Omit<DetailLayer, 'places'>;

export class PayloadDetail {
  readonly #tap: MessageTap = { onMessage: undefined };
  readonly #own = new OwnProtocols(this.#tap);

  /** Looks at a frame before the wanted one. */
  pass(frame: AnalysedFrame): void {
    if (frame.packet.isQuoted) return;
    if (frame.hasTcp) this.#own.takeTcp(frame);
    else if (frame.hasUdp) this.#own.takeUdp(frame);
  }

  /** Layers of the payload; messages of several frames add their bytes to `sources`. */
  layersOf(frame: AnalysedFrame, sources: DetailSource[]): DetailLayer[] {
    const { packet } = frame;
    if (packet.payloadEnd <= packet.payloadStart || packet.isQuoted) return [];
    const messages: DetailLayer[] = [];
    this.#tap.onMessage = (bytes, start, bodyStart, end, stretches, session) => {
      messages.push(messageLayer(packet, bytes, start, bodyStart, end, stretches, session, sources));
    };
    this.pass(frame);
    this.#tap.onMessage = undefined;
    if (frame.hasTcp && this.#own.ofTcp(frame.verdict.conversation) !== undefined)
      return this.#streamLayers(frame, messages);
    const own = frame.hasUdp ? this.#own.ofUdp(frame.udpPlace >>> 1) : undefined;
    if (own?.rudp !== undefined) return [rudpLayer(packet, own.rudp), ...messages];
    if (own !== undefined) return [datagramLayer(packet), ...messages];
    return [plainLayer(packet, frame.hasTcp ? 'tcp' : 'udp')];
  }

  /** Messages that end in this segment, and the beginning of one that goes on in a later one. */
  #streamLayers({ packet, verdict }: AnalysedFrame, messages: DetailLayer[]): DetailLayer[] {
    const streams = this.#own.streamsOf(verdict.conversation) ?? [];
    for (const { pendingStretches } of streams) {
      const here = pendingStretches.find(({ frame }) => frame === packet.number);
      if (here === undefined || here.start < 0) continue;
      messages.push(
        inFrame(packet, here.start, here.start + here.length, {
          title: 'Telemetry, a part of a message',
          name: 'sensewire',
          purpose: 'its end comes in a later segment',
          tone: 'payload',
          summary: counted(here.length, 'byte'),
          fields: [],
        }),
      );
    }
    if (messages.length > 0) return messages;
    return [
      inFrame(packet, packet.payloadStart - packet.start, packet.payloadEnd - packet.start, {
        title: 'Telemetry',
        name: 'sensewire',
        purpose: 'bytes that were read in another frame, or wait for some that are missing',
        tone: 'payload',
        summary: counted(packet.payloadEnd - packet.payloadStart, 'byte'),
        fields: [],
      }),
    ];
  }
}

function messageLayer(
  packet: Packet,
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  stretches: readonly Stretch[],
  session: TelemetrySession,
  sources: DetailSource[],
): DetailLayer {
  const tree = new FieldTree();
  walkFrame(bytes, start, bodyStart, end, tree, session);
  const [group] = tree.fields;
  const name = messageName(bytes[bodyStart] as number);
  const draft = {
    title: `Telemetry: ${name}`,
    name: 'sensewire',
    purpose: group?.value ?? '',
    tone: 'payload' as const,
    summary: readingSummary(group?.fields ?? []),
  };
  const places = placesIn(stretches, start, end);
  const [place] = places;
  const isHere = places.length === 1 && place?.frame === packet.number && place.end > place.start;
  if (isHere) {
    const shift = place.start - start;
    const fields = shifted(group?.fields ?? [], shift);
    return { ...draft, source: 0, start: place.start, end: place.end, places, fields };
  }
  const frames = places.map(({ frame }) => frame).join(' and ');
  sources.push({ title: `a message of frames ${frames}`, bytes: bytes.slice(start, end) });
  const fields = shifted(group?.fields ?? [], -start);
  return { ...draft, source: sources.length - 1, start: 0, end: end - start, places, fields };
}

/** The readings of a message, as many as fit a line. */
function readingSummary(fields: readonly DetailField[]): string {
  const readings = fields.filter(({ name }) => name === 'sensewire.reading');
  const shown = readings.slice(0, 3).map(({ value }) => value);
  return `${shown.join(', ')}${readings.length > 3 ? ` and ${readings.length - 3} more` : ''}`;
}

/** Fields with their places moved; those that are worked out from elsewhere have none. */
function shifted(fields: readonly DetailField[], by: number): DetailField[] {
  return fields.map(field => ({
    ...field,
    start: field.end === 0 ? 0 : field.start + by,
    end: field.end === 0 ? 0 : field.end + by,
    fields: shifted(field.fields, by),
  }));
}

function rudpLayer(packet: Packet, connection: RudpConnection): DetailLayer {
  const { transportBytes, payloadStart, payloadEnd } = packet;
  const tree = new FieldTree();
  const bytes = transportBytes.subarray(payloadStart, payloadEnd);
  const fromClient = connection.isFromClient(bytes);
  walkPacket(bytes, 0, bytes.length, tree, {
    nextNumber: connection.nextNumber(fromClient),
    nextOwnNumber: connection.nextNumber(!fromClient),
    nextSequence: channel => connection.nextSequence(fromClient, channel),
  });
  return ofPayload(packet, payloadStart, payloadEnd, {
    title: 'Reliable UDP',
    name: 'swrudp',
    purpose: 'messages that arrive, once and in order, over UDP',
    tone: 'application',
    summary: fromClient ? 'from the client' : 'from the server',
    fields: tree.fields,
  });
}

function datagramLayer(packet: Packet): DetailLayer {
  const { transportBytes: bytes, payloadStart: at } = packet;
  const tree = new FieldTree();
  addField(tree, 'sensewire.mark', bytes[at] as number, 0, 1);
  const tag =
    ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  addField(tree, 'sensewire.tag', tag, 1, DATAGRAM_HEADER);
  return ofPayload(packet, at, at + DATAGRAM_HEADER, {
    title: 'Telemetry datagram',
    name: 'sensewire',
    purpose: 'says which session the messages belong to',
    tone: 'application',
    summary: tag === 0 ? 'no session yet' : `session tag 0x${tag.toString(16).padStart(6, '0')}`,
    fields: tree.fields,
  });
}

function plainLayer(packet: Packet, transport: 'tcp' | 'udp'): DetailLayer {
  const { transportBytes, payloadStart, payloadEnd, number } = packet;
  const bytes = transportBytes.subarray(payloadStart, payloadEnd);
  const piece: SamplePiece = { bytes, length: bytes.length, frame: number, inFrame: 0, side: 0 };
  const protocol = recognise(piece, transport);
  const tree = new FieldTree();
  for (const { name, value } of protocol?.details ?? []) tree.add(null, capitalised(name), value, 0, 0);
  const runs = protocol?.isEncrypted === true ? [] : textRuns(bytes, isText(bytes));
  for (const run of runs) addFindings(tree, run.text, run.start);
  if (tree.fields.length === 0)
    tree.add(
      'data.data',
      'Bytes',
      hexText(bytes),
      0,
      bytes.length,
      'no text, and no protocol that is known here',
    );
  return ofPayload(packet, payloadStart, payloadEnd, {
    title: protocol === undefined ? 'Payload' : nameOf(protocol),
    name: 'data',
    purpose:
      protocol?.isEncrypted === true
        ? 'encrypted: who reads along cannot tell what it says'
        : 'what the program gave to its socket',
    tone: 'payload',
    summary: runs.length === 0 ? counted(bytes.length, 'byte') : `${counted(bytes.length, 'byte')}, text`,
    fields: tree.fields,
  });
}

const UTF8 = new TextEncoder();

function addFindings(tree: FieldTree, text: string, at: number): void {
  const findings = findReadable(text, MOST_FINDINGS).sort((a, b) => a.start - b.start);
  for (const { kind, name, text: value, start, end } of findings) {
    const from = at + UTF8.encode(text.slice(0, start)).length;
    const to = from + UTF8.encode(text.slice(start, end)).length;
    tree.add(
      null,
      capitalised(name),
      value,
      from,
      to,
      kind === 'credential' ? 'a secret, in the open' : null,
    );
  }
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A layer of bytes in the transport's bytes; places of its fields count from `start` on, and are moved. */
function ofPayload(
  packet: Packet,
  start: number,
  end: number,
  draft: Omit<Draft, 'source' | 'start' | 'end'>,
): DetailLayer {
  const isInFrame = packet.transportBytes === packet.bytes;
  const source = isInFrame ? 0 : packet.reassembled.length;
  const from = isInFrame ? start - packet.start : start;
  const to = from + end - start;
  const places = isInFrame ? [{ frame: packet.number, start: from, end: to }] : [];
  return { ...draft, source, start: from, end: to, places, fields: shifted(draft.fields, from) };
}

function inFrame(
  packet: Packet,
  start: number,
  end: number,
  draft: Omit<Draft, 'source' | 'start' | 'end'>,
): DetailLayer {
  return { ...draft, source: 0, start, end, places: [{ frame: packet.number, start, end }] };
}
