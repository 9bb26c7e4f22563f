/** The page around everything: head, contents, answers, conversations; one file that asks nobody for anything. */
import type { CaptureReport } from '../analysis/model.ts';
import type { Answer } from './answer.ts';
import { ackPushAnswer } from './answer-ack-push.ts';
import { frameAnswer } from './answer-frame.ts';
import { handshakeAnswer } from './answer-handshake.ts';
import { overheadAnswer } from './answer-overhead.ts';
import { payloadAnswer } from './answer-payload.ts';
import { safetyAnswer } from './answer-safety.ts';
import { transportsAnswer } from './answer-transports.ts';
import { compareSection } from './compare-section.ts';
import { conversationsSection } from './conversations-section.ts';
import { costSection } from './cost-section.ts';
import { headSection, startText } from './head-section.ts';
import { MOST_CAPTURES } from './limits.ts';
import { html, type Markup, trusted } from './markup.ts';
import type { ReportedCapture, ReportInput } from './report-input.ts';
import { SCRIPT, SCRIPT_HASH } from './script.ts';
import { STYLE } from './style.ts';
import { baseName, subjectsOf } from './subjects.ts';

/** Nothing may be loaded, and no script run but ours: also where something from a capture would slip through. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

const LOGO =
  '<svg class="logo" viewBox="0 0 32 32" width="36" height="36" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#0072B2"/><path d="M4 18h5l3-9 5 15 4-10 2 4h5" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** The report as one HTML file, some 100 KiB to 3 MiB. */
export function reportPage(input: ReportInput): string {
  const captures = input.captures.slice(0, MOST_CAPTURES);
  const shown: ReportInput = { ...input, captures };
  const names = captures.map(({ report }) => baseName(report.capture.name)).join(', ');
  const answers = answersOf(shown);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="sensewire ${input.version}">
<title>${names} · the wire in view</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the report</a>
<header class="top">${trusted(LOGO)}<div><h1>The wire in view</h1><p>${names}${captures.length === 1 && ` · ${startText(captures[0]!.report.capture)}`}</p></div>
<div class="actions" hidden><button type="button" data-theme-switch aria-label="Colours: as the system">◐ Colours</button><button type="button" data-fold>Open all</button><button type="button" data-print>Print</button></div></header>
<nav aria-label="Contents">${contents(captures, answers)}</nav>
<main id="main" tabindex="-1">
${captures.length > 1 && html`<section id="compared"><h2>Side by side</h2>${compareSection(captures)}</section>`}
${captures.map((capture, index) => headOf(capture, index, captures.length))}
<section id="answers" class="answers"><h2>The questions of the lab</h2><p class="lead">Answered with the frames and numbers of this capture: each number can be looked up in it.</p>
${answers.map(({ id, question, body }, index) => html`<article id="${id}"><h3><span class="number">${index + 1}</span>${question}</h3><div class="body">${body}</div></article>`)}</section>
${captures.map((capture, index) => detailsOf(capture, index, captures.length))}
</main>
<footer><p>Made by sensewire ${input.version}. Sequence numbers are relative, times in tables and pictures count from the first frame of a conversation, frames from 1 as in Wireshark${input.captures.length > captures.length && `; ${input.captures.length - captures.length} more captures were given than fit`}. In print, what is folded stays folded.</p></footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.toString();
}

function answersOf(input: ReportInput): Answer[] {
  const subjects = subjectsOf(input);
  return [
    handshakeAnswer,
    ackPushAnswer,
    frameAnswer,
    payloadAnswer,
    safetyAnswer,
    transportsAnswer,
    overheadAnswer,
  ].map(answer => answer(subjects));
}

function contents(captures: readonly ReportedCapture[], answers: readonly Answer[]): Markup {
  const several = captures.length > 1;
  return html`<ul>${several && html`<li><a href="#compared">Side by side</a></li>`}${captures.map(
    ({ report }, index) =>
      html`<li><a href="#capture-${index}">${several ? baseName(report.capture.name) : 'Summary'}</a></li>`,
  )}<li><a href="#answers">Questions</a><ol>${answers.map(({ id, question }) => html`<li><a href="#${id}">${question}</a></li>`)}</ol></li>${captures.map(
    ({ report }, index) =>
      html`<li><a href="#conversations-${index}">Conversations${several && ` of ${baseName(report.capture.name)}`}</a></li>`,
  )}</ul>`;
}

function headOf({ report }: ReportedCapture, index: number, count: number): Markup {
  return html`<section id="capture-${index}"><h2>${count === 1 ? 'Summary' : baseName(report.capture.name)}</h2>${headSection(report)}</section>`;
}

function detailsOf({ report }: ReportedCapture, index: number, count: number): Markup {
  const of = count === 1 ? '' : ` of ${baseName(report.capture.name)}`;
  return html`<section id="conversations-${index}"><h2>Conversations${of}</h2>${conversationsSection(report, index)}</section>
${report.cost !== undefined && hasMoreThanOne(report) && html`<section id="cost-${index}"><h2>Cost of the whole capture${of}</h2><div class="card">${costSection(report.cost)}</div></section>`}`;
}

/** Of a single conversation the cost is told there. */
function hasMoreThanOne({ tcp, udp, other, capture }: CaptureReport): boolean {
  const all = capture.tcpConversations + capture.udpConversations;
  return capture.packets > 0 && (all !== 1 || tcp.length + udp.length !== 1 || other.length > 0);
}
