// @ts-check
/**
 * Commands to a sensor: pause, resume, another rate.
 */

/**
 * Sends one, and gives a sentence about what became of it.
 * @param {import('./model.js').Info} info
 * @param {{action: 'pause' | 'resume'} | {action: 'rate', rateHz: number}} command
 * @returns {Promise<{done: boolean, text: string}>}
 */
export async function sendCommand({ source, name }, command) {
  try {
    const response = await fetch('api/command', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sensor: name, source, ...command }),
    });
    const answer = await response.json();
    if (!response.ok) return { done: false, text: String(answer.error) };
    /** @type {{done: boolean, reason: string}[]} */
    const answers = answer.answers;
    const refused = answers.find(({ done }) => !done);
    return refused === undefined ? { done: true, text: 'done' } : { done: false, text: refused.reason };
  } catch {
    return { done: false, text: 'the collector does not answer' };
  }
}
