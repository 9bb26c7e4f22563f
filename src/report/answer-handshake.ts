/** Find the three-way handshake, and say what it is for. */
import type { TcpReport } from '../analysis/model.ts';
import type { RudpReport } from '../analysis/rudp-model.ts';
import { countText, timeText } from '../analysis/words.ts';
import type { Answer } from './answer.ts';
import { frameRefs } from './frame-link.ts';
import { framesTable, OPTION_NAMES } from './handshake-section.ts';
import { type Content, html } from './markup.ts';
import { rudpHandshakeTable } from './rudp-section.ts';
import type { Subject, Subjects } from './subjects.ts';

export function handshakeAnswer({ tcp, reliable }: Subjects): Answer {
  return {
    id: 'handshake',
    question: 'Where is the three-way handshake, and what is it for?',
    body: [
      tcp === undefined
        ? html`<p>There is none: the capture has no TCP. UDP sends its first datagram at once, without asking whether anybody listens.</p>`
        : bodyOf(tcp),
      reliable?.report.rudp !== undefined && reliableBody(reliable.name, reliable.report.rudp),
    ],
  };
}

function bodyOf({ report, name: where }: Subject<TcpReport>): Content {
  const { handshake, server } = report;
  const { syn, synAck, ack, totalNs, serverNs, clientSequence, serverSequence, state, repeated } = handshake;
  const frames = [syn, synAck, ack].flatMap(frame => (frame === null ? [] : [frame.frame]));
  if (frames.length === 0) {
    return html`<p>It is not in the capture: ${where} was open before the first frame. Start the capture before the programs to see it.</p>`;
  }
  if (state === 'refused' || state === 'unanswered') {
    return html`<p>It did not come about. The client asked with SYN (${frameRefs(frames)}, ${where}); ${
      state === 'refused'
        ? `the server answered with RST, since no program listens on port ${server.port}.`
        : 'nobody answered: the host is away, or a firewall drops the question.'
    }</p>`;
  }
  const taken = report.options
    .filter(({ outcome }) => outcome === 'taken')
    .map(({ name }) => OPTION_NAMES[name]);
  return html`<p>It is in ${frameRefs(frames)} (${where})${totalNs !== null && ` and takes ${timeText(totalNs)}`}${serverNs !== null && `, ${timeText(serverNs)} of it until the server’s answer was seen`}.${repeated > 0 && ` A SYN had to be sent ${countText(repeated)} times more.`}</p>
${framesTable(handshake)}
<p>It is for three things:</p>
<ol><li><b>Both hear each other.</b> The SYN ACK shows the client that its packets arrive and that a program listens on port ${server.port}; the ACK shows the server the same. Two frames would not tell the server.</li>
<li><b>Both know from where bytes are counted.</b> Each side chooses a number that cannot be guessed: the client ${clientSequence === null ? 'one that is not in the capture' : clientSequence}, the server ${serverSequence === null ? 'one that is not in the capture' : serverSequence}. SYN takes one number, so the ACK of it is one higher. Old segments of an earlier connection do not fit in.</li>
<li><b>Both agree on options.</b> ${taken.length === 0 ? 'Here none was taken.' : `Here: ${taken.join(', ')}.`} They can be offered in SYN segments only.</li></ol>`;
}

/** Reliable UDP has a handshake of its own, for two of the three reasons and a third one. */
function reliableBody(where: string, { handshake }: RudpReport): Content {
  const { init, retry, cookie, accept, totalNs } = handshake;
  const frames = [init, retry, cookie, accept].flatMap(frame => (frame === null ? [] : [frame.frame]));
  if (frames.length === 0) return false;
  return html`<p class="about">${where}</p><p>Reliable UDP opens its connections itself, in ${frameRefs(frames)}${totalNs !== null && `, in ${timeText(totalNs)}`}. It is for the same: both hear each other, and each says what it takes. Sequence numbers need no agreement: packets count from 0. What is added is the cookie: before the client has proven its address nobody keeps anything for it, and nobody can be flooded in its name.</p>
${rudpHandshakeTable(handshake)}`;
}
