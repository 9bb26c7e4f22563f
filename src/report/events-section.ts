/** Events of a TCP conversation, each with the rule that fired and its numbers. */
import { EVENT_WORDS } from '../analysis/explain-events.ts';
import type { EventReport, TcpReport } from '../analysis/model.ts';
import { countText, timeText } from '../analysis/words.ts';
import { MOST_EVENTS_OPEN } from './limits.ts';
import { html, type Markup } from './markup.ts';

export function eventsSection({ events, eventsLeftOut, startNs }: TcpReport): Markup | undefined {
  if (events.length === 0) return undefined;
  const shown = tellingEvents(events).slice(0, MOST_EVENTS_OPEN);
  return html`<h4>Events, with the reason of each</h4>
${table(shown, startNs)}${
  shown.length < events.length &&
  html`<details><summary>All ${countText(events.length)}</summary>${table(events, startNs)}</details>`
}${eventsLeftOut > 0 && html`<p class="note">${countText(eventsLeftOut)} later ones are counted, not listed.</p>`}`;
}

/** Of duplicate ACKs that ask for the same bytes, and of window updates after each other, the first says it all. */
function tellingEvents(events: readonly EventReport[]): EventReport[] {
  let asked: number | null = null;
  return events.filter(({ kinds, relatedFrame }, index) => {
    const [kind] = kinds;
    if (kinds.length !== 1) return true;
    if (kind === 'windowUpdate') return events[index - 1]?.kinds[0] !== 'windowUpdate';
    if (kind !== 'duplicateAck') return true;
    const isFirst = relatedFrame === null || relatedFrame !== asked;
    asked = relatedFrame;
    return isFirst;
  });
}

function table(events: readonly EventReport[], startNs: number): Markup {
  return html`<div class="scroll"><table class="events"><thead><tr><th scope="col">frame</th><th scope="col">time</th><th scope="col" class="text">from</th><th scope="col" class="text">what</th><th scope="col" class="text">why</th></tr></thead><tbody>${events.map(
    ({ frame, timeNs, from, kinds, reason }) =>
      html`<tr><th scope="row">${countText(frame)}</th><td>${timeText(timeNs - startNs)}</td><td class="text ${from}-text">${from}</td><td class="text">${kinds.map(kind => EVENT_WORDS[kind].one).join(', ')}</td><td class="text">${reason}</td></tr>`,
  )}</tbody></table></div>`;
}
