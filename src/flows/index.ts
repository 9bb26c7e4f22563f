export { type ConversationEndpoint, Conversations } from './conversations.ts';
export { type Explanation, explainEvents, explainVerdict } from './explain-verdict.ts';
export { Follow, type FollowSink, gapText, MOST_WAITING_BYTES, MOST_WAITING_PIECES } from './follow.ts';
export {
  TcpAnalysis,
  type TcpAnalysisOptions,
  WIRESHARK_VERSIONS,
  type WiresharkVersion,
} from './tcp-analysis.ts';
export { COMPLETENESS, TCP_EVENT, type TcpEvent } from './tcp-events.ts';
export { REASON, REASON_NUMBERS, TcpVerdict } from './tcp-verdict.ts';
