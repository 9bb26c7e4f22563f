/** Can somebody on the way read it? The verdict, and what it rests on. */
import type { Evidence, FrameRange, SafetyLevel, SafetyVerdict } from '../analysis/safety.ts';
import { bytesText, countText } from '../analysis/words.ts';
import { MOST_TEXT } from './limits.ts';
import { html, type Markup } from './markup.ts';

export const LEVELS: Readonly<Record<SafetyLevel, readonly [sign: string, text: string, tone: string]>> = {
  encrypted: ['✓', 'encrypted', 'good'],
  readable: ['✕', 'readable by anybody', 'bad'],
  mixed: ['◐', 'partly readable', 'bad'],
  unclear: ['?', 'not clear', 'note'],
  empty: ['○', 'nothing to read', 'plain'],
};

export function safetySection(safety: SafetyVerdict): Markup {
  const { level, sentence, protocols, evidence, hasMoreEvidence, entropy, examinedBytes } = safety;
  const [sign, text, tone] = LEVELS[level];
  return html`<p><span class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${text}</span> ${shortened(sentence, 2 * MOST_TEXT)}</p>
${
  protocols.length > 0 &&
  html`<ul class="plain-list">${protocols.map(
    ({ name, version, isEncrypted, details, place }) =>
      html`<li><b>${name}${version !== undefined && ` ${version}`}</b>: ${isEncrypted ? 'encrypts' : 'does not encrypt'}, recognised in ${placeText(place)}${details.map(detail => html`; ${detail.name} <code>${shortened(detail.value)}</code>`)}</li>`,
  )}</ul>`
}
${evidence.length > 0 && evidenceTable(evidence)}
${hasMoreEvidence && html`<p class="note">There is more of the same.</p>`}
<p class="note">${entropy !== undefined && `Entropy ${entropy.bitsPerByte.toFixed(2)} of at most ${entropy.randomBits.toFixed(2)} bits a byte, measured over ${bytesText(entropy.bytes)}: ${entropy.meaning}. `}Looked at: the first ${bytesText(examinedBytes)} of payload.</p>`;
}

export function evidenceTable(evidence: readonly Evidence[]): Markup {
  return html`<div class="scroll"><table class="evidence"><thead><tr><th scope="col" class="text">what</th><th scope="col" class="text">anybody reads</th><th scope="col" class="text">where</th></tr></thead><tbody>${evidence.map(
    ({ kind, name, text, places }) =>
      html`<tr><th scope="row" class="text">${name} <span class="note-kind">${kind}</span></th><td class="text"><code>${shortened(text)}</code></td><td class="text">${places.map(placeText).join('; ')}</td></tr>`,
  )}</tbody></table></div>`;
}

/** `frame 12, bytes 70 to 77` */
export function placeText({ frame, start, end }: FrameRange): string {
  const where = `frame ${countText(frame)}`;
  if (end <= start) return where;
  return end - start === 1 ? `${where}, byte ${start}` : `${where}, bytes ${start} to ${end - 1}`;
}

export function shortened(text: string, most: number = MOST_TEXT): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
