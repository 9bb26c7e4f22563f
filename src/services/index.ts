export { chatService } from './chat.ts';
export { echoService } from './echo.ts';
export { greetService } from './greet.ts';
export { type HttpServiceOptions, httpService, type RequestRecord } from './http/http-service.ts';
export type { Passed, ServerNotice, ServerSnapshot } from './notices.ts';
export { ServiceServer, type ServiceServerOptions } from './server.ts';
export type {
  Conversation,
  DatagramService,
  Dismissal,
  Exchange,
  Service,
  StreamService,
} from './service.ts';
export { type StructRecord, structService } from './struct-records.ts';
export { upperService } from './upper.ts';
