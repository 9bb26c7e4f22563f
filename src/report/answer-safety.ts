/** Is the data safe from readers on the way? */
import type { SafetyVerdict } from '../analysis/safety.ts';
import type { Answer } from './answer.ts';
import { html } from './markup.ts';
import { safetySection } from './safety-section.ts';
import type { Subjects } from './subjects.ts';

export function safetyAnswer({ all }: Subjects): Answer {
  const verdicts = all.flatMap(({ report: { safety }, name }) =>
    safety === undefined ? [] : [{ safety, name }],
  );
  return {
    id: 'safe',
    question: 'Is the data safe from readers on the way?',
    body:
      verdicts.length === 0
        ? html`<p>There is no payload to judge in the conversations of this report.</p>`
        : [
            verdicts.map(
              ({ safety, name }) =>
                html`<div class="verdict"><p class="about">${name}</p>${safetySection(safety)}</div>`,
            ),
            html`<p>${conclusion(verdicts.map(({ safety }) => safety))}</p>`,
          ],
  };
}

function conclusion(verdicts: readonly SafetyVerdict[]): string {
  const isReadable = verdicts.some(({ level }) => level === 'readable' || level === 'mixed');
  return isReadable
    ? 'Neither TCP nor UDP hides anything: every router, access point and computer on the way can read, and change, what is in the frames. A checksum finds accidents, not intent. Who wants it private needs encryption above: TLS for streams, DTLS or QUIC for datagrams, or a tunnel such as SSH or WireGuard around all of it.'
    : 'Headers stay readable even so: who talks to whom, when, how much and how often can be seen by everybody on the way.';
}
