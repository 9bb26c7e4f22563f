/** One frame in detail, down to its payload. */
import { countText, percentText } from '../analysis/words.ts';
import type { Answer } from './answer.ts';
import { frameRef } from './frame-link.ts';
import type { FrameLayer, FrameView } from './frame-view.ts';
import { hexDump } from './hex-dump.ts';
import { type Content, html, type Markup } from './markup.ts';
import { type Subjects, tellingFrame } from './subjects.ts';

export function frameAnswer({ all, input }: Subjects): Answer {
  const views = all.flatMap(({ report, capture }) => {
    const frame = tellingFrame(report);
    const view = frame === undefined ? undefined : input.captures[capture]?.frames.get(frame);
    return view === undefined ? [] : [view];
  });
  const why = all.length > 0 ? ': there is none, or the capture came by standard input' : '';
  return {
    id: 'frame',
    question: 'What is in one frame, down to its payload?',
    body:
      views.length === 0
        ? html`<p>No frame with payload can be shown here${why}. <code>sensewire analyze FILE --frame N</code> shows any frame in full.</p>`
        : views.map(frameBody),
  };
}

function frameBody(view: FrameView): Content {
  const { frame, length, capturedLength, layers, inside, bytes } = view;
  const payload = layers.find(({ tone }) => tone === 'layer-payload');
  const size = payload === undefined ? 0 : payload.end - payload.start;
  return html`<p>${frameRef(frame, 'Frame')} has ${countText(length)} bytes on the wire${capturedLength < length && `, of which the capture holds ${countText(capturedLength)}`}. Headers lie within each other like envelopes; the innermost holds ${countText(size)} bytes of payload, ${percentText(size / length)} of the frame${inside.length > 0 && `, in which are ${inside.map(({ name }) => name).join(', ')}`}.</p>
<div class="bar" aria-hidden="true">${layers.map(
    ({ name, start, end, tone }) =>
      html`<i class="${tone}" style="width:${Number(((100 * (end - start)) / capturedLength).toFixed(2))}%" title="${name}: ${end - start} B">${(end - start) / capturedLength > 0.1 && html`<span>${name}</span>`}</i>`,
  )}</div>
<div class="scroll"><table class="layers"><thead><tr><th scope="col" class="text">layer</th><th scope="col">bytes</th><th scope="col">size</th><th scope="col" class="text">what it says</th></tr></thead><tbody>${[...layers, ...inside].map(layer => layerRow(layer, bytes))}</tbody></table></div>
${hexDump(view)}${bytes.length < capturedLength && html`<p class="note">The first ${countText(bytes.length)} bytes; <code>--frame ${frame}</code> shows all.</p>`}`;
}

function layerRow({ name, purpose, tone, start, end, fields }: FrameLayer, bytes: Uint8Array): Markup {
  const isPayload = tone === 'layer-payload';
  return html`<tr><th scope="row" class="text"><i class="swatch ${tone}"></i>${name}<small>${purpose}</small></th><td>${start}–${end - 1}</td><td>${countText(end - start)} B</td><td class="text">${
    isPayload
      ? html`<code>${payloadText(bytes.subarray(start, end))}</code>`
      : html`<span class="fields">${fields.map(
          field =>
            html`<span title="${field.end === 0 ? 'known from other frames' : `bytes ${field.start} to ${field.end - 1}`}">${field.name} <b>${field.value}</b></span> `,
        )}</span>`
  }</td></tr>`;
}

const MOST_CHARACTERS = 200;
const MOST_HEX = 64;
/** Fewer printable characters are no text. */
const LEAST_PRINTABLE = 0.85;

/** As text where most of it is, in hexadecimal otherwise. */
export function payloadText(bytes: Uint8Array): string {
  const printable = bytes.reduce((sum, byte) => sum + (isPrintable(byte) ? 1 : 0), 0);
  if (bytes.length === 0) return '';
  if (printable >= LEAST_PRINTABLE * bytes.length) {
    const shown = bytes.subarray(0, MOST_CHARACTERS);
    const text = Array.from(shown, byte => (isPrintable(byte) ? String.fromCharCode(byte) : '·')).join('');
    return `${text.replaceAll('\r\n', '⏎').replaceAll('\n', '⏎').replaceAll('\r', '⏎').replaceAll('\t', '→')}${bytes.length > MOST_CHARACTERS ? '…' : ''}`;
  }
  const hex = Array.from(bytes.subarray(0, MOST_HEX), byte => byte.toString(16).padStart(2, '0')).join(' ');
  return `${hex}${bytes.length > MOST_HEX ? ' …' : ''}`;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
