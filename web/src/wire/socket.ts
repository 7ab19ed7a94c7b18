/**
 * The live stream of one session: a WebSocket that heals itself. It says the last `seq` it brought and gets exactly the
 * rest; it waits longer after each failure, tries at once when the network comes back, and notices a dead peer.
 */
import { renewSignIn } from "./refresh";
import type { ServerEvent } from "./types";

export type ConnectionState = "connecting" | "open" | "waiting" | "offline" | "closed";

const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
const OPEN_WITHIN_MS = 15_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
const UNAUTHORIZED = 4401;
const NOT_FOUND = 4404;

const EVENT_TYPES: ReadonlySet<string> = new Set<ServerEvent["type"]>([
  "message_created",
  "stream_start",
  "stream_chunk",
  "reasoning_chunk",
  "tool_call",
  "tool_approval",
  "tool_result",
  "stream_end",
  "session_updated",
  "error",
  "reset",
]);

export interface SocketOptions {
  sessionId: string;
  /** The last `seq` that was applied; asked again before each connection. */
  after: () => number;
  onEvent: (event: ServerEvent) => void;
  onState: (state: ConnectionState) => void;
  /** The session does not exist any more. */
  onGone: () => void;
  /** The sign-in is over and could not be renewed. */
  onSignedOut: () => void;
  /** Replaced in tests. */
  WebSocketClass?: typeof WebSocket;
  renew?: (failedAt: number) => Promise<boolean>;
}

/** Follows one session from `open()` to `close()`. */
export class SessionSocket {
  private socket: WebSocket | undefined;
  private failures = 0;
  private openedAt = 0;
  private closed = true;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private aliveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: SocketOptions) {}

  open(): void {
    this.closed = false;
    addEventListener("online", this.tryNow);
    addEventListener("offline", this.sayOffline);
    document.addEventListener("visibilitychange", this.whenSeen);
    this.connect();
  }

  close(): void {
    this.closed = true;
    removeEventListener("online", this.tryNow);
    removeEventListener("offline", this.sayOffline);
    document.removeEventListener("visibilitychange", this.whenSeen);
    this.drop();
    this.options.onState("closed");
  }

  /** Tries again at once instead of waiting; a connection that outlived the gap is asked whether it still lives. */
  readonly tryNow = (): void => {
    if (this.closed) return;
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.options.onState("open");
      this.ping();
      return;
    }
    this.failures = 0;
    this.connect();
  };

  private readonly sayOffline = (): void => {
    this.options.onState("offline");
  };

  private readonly whenSeen = (): void => {
    if (document.visibilityState === "visible") this.tryNow();
  };

  private connect(): void {
    this.drop();
    this.options.onState("connecting");
    this.openedAt = Date.now();
    const Socket = this.options.WebSocketClass ?? WebSocket;
    const socket = new Socket(this.address());
    this.socket = socket;
    this.aliveTimer = setTimeout(() => this.lost(socket, 0), OPEN_WITHIN_MS);
    socket.onopen = () => {
      this.options.onState("open");
      this.heard();
    };
    socket.onmessage = (message: MessageEvent<unknown>) => this.receive(message.data);
    socket.onclose = (event) => this.lost(socket, event.code);
  }

  private address(): string {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const { sessionId, after } = this.options;
    return `${scheme}//${location.host}/ws/sessions/${encodeURIComponent(sessionId)}/stream?after=${after()}`;
  }

  private receive(data: unknown): void {
    this.failures = 0;
    this.heard();
    if (typeof data !== "string") return;
    const frame: unknown = JSON.parse(data);
    if (isEvent(frame)) this.options.onEvent(frame);
  }

  /** The peer lives: the next question is due in a while. */
  private heard(): void {
    clearTimeout(this.aliveTimer);
    this.aliveTimer = setTimeout(() => this.ping(), PING_EVERY_MS);
  }

  private ping(): void {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send('{"type":"ping"}');
    clearTimeout(this.aliveTimer);
    this.aliveTimer = setTimeout(() => this.lost(socket, 0), PONG_WITHIN_MS);
  }

  private lost(socket: WebSocket, code: number): void {
    if (this.closed || socket !== this.socket) return;
    this.drop();
    if (code === NOT_FOUND) this.options.onGone();
    else if (code === UNAUTHORIZED) void this.renewThenConnect();
    else this.connectLater();
  }

  private async renewThenConnect(): Promise<void> {
    this.options.onState("connecting");
    try {
      const renewed = await (this.options.renew ?? renewSignIn)(this.openedAt);
      if (this.closed) return;
      if (renewed) this.connect();
      else this.options.onSignedOut();
    } catch {
      this.connectLater();
    }
  }

  private connectLater(): void {
    if (this.closed) return;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    this.failures += 1;
    this.options.onState(navigator.onLine ? "waiting" : "offline");
    // Half of the wait is drawn by lot, so that a restarted server is not met by everybody at once.
    this.retryTimer = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.aliveTimer);
    const { socket } = this;
    this.socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

function isEvent(frame: unknown): frame is ServerEvent {
  return (
    typeof frame === "object" &&
    frame !== null &&
    "type" in frame &&
    typeof frame.type === "string" &&
    EVENT_TYPES.has(frame.type)
  );
}
