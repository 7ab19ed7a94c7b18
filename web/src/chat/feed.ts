/**
 * Follows a session while it is open: brings its events into the query cache (what is settled) and the live store
 * (what is running), once a frame. When the reader leaves, the cache holds exactly what `thread.seq` says, so that
 * coming back goes on from there.
 */
import type { QueryClient } from "@tanstack/react-query";
import { api } from "@/wire/api";
import { putSession } from "@/wire/session-cache";
import { SessionSocket, type ConnectionState, type SocketOptions } from "@/wire/socket";
import type { MessageOut, MessagePage, ServerEvent, SessionOut } from "@/wire/types";
import { onceAFrame } from "./frames";
import { threadKey } from "./keys";
import { useLive } from "./live";
import { forgetSent } from "./outbox";
import { NEW_TURN, outcomeOf, reduce, turnOf, type Turn, type TurnEvent } from "./reduce";
import { isUnfinished, placed, threadOf, without, withTurn, type Thread } from "./thread-data";

export const PAGE_SIZE = 50;

const MOST_WAITING_EVENTS = 5_000;
const PATH_CHECK_MS = 600;

export interface FeedOptions {
  sessionId: string;
  queryClient: QueryClient;
  onState: (state: ConnectionState) => void;
  onGone: () => void;
  onSignedOut: () => void;
  /** A refusal of the stream that belongs to no message. */
  onRefused: (event: Extract<ServerEvent, { type: "error" }>) => void;
  WebSocketClass?: SocketOptions["WebSocketClass"];
}

/** Reads the newest page of the active path. */
export async function fetchThread(sessionId: string, signal?: AbortSignal): Promise<Thread> {
  const query = { limit: PAGE_SIZE };
  const path = `/sessions/${sessionId}/messages`;
  return threadOf(await api.get<MessagePage>(path, signal === undefined ? { query } : { query, signal }));
}

export class Feed {
  private readonly socket: SessionSocket;
  private readonly beat = onceAFrame(() => this.apply());
  private waiting: ServerEvent[] = [];
  /** The last event that was applied. In the cache it is only brought up to date with a message, so that a token
   * touches nobody who looks at the thread. */
  private seq = 0;
  private reading = false;
  private closed = false;
  private pathCheck: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FeedOptions) {
    this.socket = new SessionSocket({
      sessionId: options.sessionId,
      after: () => this.waiting.at(-1)?.seq ?? this.seq,
      onEvent: (event) => this.receive(event),
      onState: options.onState,
      onGone: options.onGone,
      onSignedOut: options.onSignedOut,
      ...(options.WebSocketClass === undefined ? {} : { WebSocketClass: options.WebSocketClass }),
    });
  }

  /** Needs the thread in the cache. */
  open(): void {
    this.seed(this.thread);
    this.socket.open();
  }

  close(): void {
    this.apply();
    this.closed = true;
    this.beat.cancel();
    clearTimeout(this.pathCheck);
    this.socket.close();
    this.keepLive();
  }

  tryNow(): void {
    this.socket.tryNow();
  }

  /** Reads the path again; events that come meanwhile wait for it. */
  async reload(): Promise<void> {
    this.apply();
    await this.readAnew();
  }

  private async readAnew(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      const thread = await fetchThread(this.options.sessionId);
      if (this.closed) return;
      this.store(thread);
      this.seed(thread);
    } finally {
      this.reading = false;
      this.beat.ask();
    }
  }

  private get thread(): Thread {
    const thread = this.cached;
    if (thread === undefined) throw new Error("the feed was opened before its thread was read");
    return thread;
  }

  /** Undefined once the chat was deleted. */
  private get cached(): Thread | undefined {
    return this.options.queryClient.getQueryData<Thread>(threadKey(this.options.sessionId));
  }

  private store(thread: Thread): void {
    this.options.queryClient.setQueryData(threadKey(this.options.sessionId), thread);
  }

  private get canApply(): boolean {
    return !this.reading && !this.closed && this.waiting.length > 0 && this.cached !== undefined;
  }

  private receive(event: ServerEvent): void {
    this.waiting.push(event);
    if (this.waiting.length >= MOST_WAITING_EVENTS && !this.reading) this.apply();
    else this.beat.ask();
  }

  /** Applies everything that came since the last frame, with one change of each store. */
  private apply(): void {
    if (!this.canApply) return;
    const frame = new FrameOfEvents(this.thread, this.seq, useLive.getState());
    const reset = this.waiting.findIndex((event) => event.type === "reset");
    const events = reset < 0 ? this.waiting : this.waiting.slice(0, reset);
    // What follows a reset is for the thread that is read anew.
    this.waiting = reset < 0 ? [] : this.waiting.slice(reset + 1);
    for (const event of events) {
      if (event.type === "error" && event.data.message_id === null) this.options.onRefused(event);
      frame.apply(event);
    }
    frame.mustReload ||= reset >= 0;
    this.commit(frame);
  }

  private commit(frame: FrameOfEvents): void {
    this.seq = frame.seq;
    if (frame.thread !== this.thread) this.store({ ...frame.thread, seq: frame.seq });
    if (frame.isLiveChanged) useLive.setState({ turns: frame.turns, places: frame.places });
    forgetSent(frame.clientIds);
    if (frame.session !== null) putSession(this.options.queryClient, frame.session);
    if (frame.mustReload) void this.readAnew().catch(() => this.reloadLater());
    else if (frame.leaf !== undefined) this.checkPathSoon(frame.leaf);
  }

  private reloadLater(): void {
    clearTimeout(this.pathCheck);
    this.pathCheck = setTimeout(() => void this.reload().catch(() => this.reloadLater()), PATH_CHECK_MS * 5);
  }

  /** Another tab may have switched to another branch: then the path no longer ends where the session says. */
  private checkPathSoon(leaf: string | null): void {
    clearTimeout(this.pathCheck);
    this.pathCheck = setTimeout(() => {
      const end = this.thread.messages.at(-1)?.id ?? null;
      if (!this.closed && end !== leaf) void this.reload().catch(() => this.reloadLater());
    }, PATH_CHECK_MS);
  }

  private seed(thread: Thread): void {
    this.seq = thread.seq;
    const turns: Record<string, Turn> = {};
    for (const message of thread.messages) if (isUnfinished(message)) turns[message.id] = turnOf(message);
    useLive.setState({ turns, places: {} });
  }

  /** Writes what is running back into the cache, where the next visit finds it. */
  private keepLive(): void {
    const { turns } = useLive.getState();
    useLive.setState({ turns: {}, places: {} });
    let thread = this.cached;
    if (thread === undefined) return;
    for (const [id, turn] of Object.entries(turns)) thread = withTurn(thread, id, outcomeOf(turn));
    this.store({ ...thread, seq: this.seq });
  }
}

/** Collects what the events of one frame do. */
class FrameOfEvents {
  turns: Record<string, Turn>;
  places: Record<string, number>;
  session: SessionOut | null = null;
  /** Where the path should end by what was told last; undefined when nothing was. */
  leaf: string | null | undefined;
  mustReload = false;
  isLiveChanged = false;
  readonly clientIds: string[] = [];

  constructor(
    public thread: Thread,
    public seq: number,
    live: { turns: Readonly<Record<string, Turn>>; places: Readonly<Record<string, number>> },
  ) {
    this.turns = { ...live.turns };
    this.places = { ...live.places };
  }

  apply(event: ServerEvent): void {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    if (event.type === "message_created") this.create(event.data.message, event.data.client_id);
    else if (event.type === "session_updated") this.update(event.data);
    else if (event.type !== "reset") this.advance(event);
  }

  private create(message: MessageOut, clientId: string | null): void {
    if (clientId !== null) this.clientIds.push(clientId);
    this.leaf = message.id;
    const thread = placed(this.thread, message);
    if (thread === undefined) this.mustReload = true;
    else this.thread = thread;
    if (isUnfinished(message)) this.setTurn(message.id, turnOf(message));
  }

  private update(data: Extract<ServerEvent, { type: "session_updated" }>["data"]): void {
    if (data.session !== null) {
      this.session = data.session;
      this.leaf = data.session.active_leaf_id;
    }
    this.thread = without(this.thread, data.deleted_ids);
    if (data.waiting === null) return;
    this.places[data.waiting.message_id] = data.waiting.position;
    this.isLiveChanged = true;
  }

  private advance(event: TurnEvent): void {
    const id = event.data.message_id;
    if (id === null) return;
    const turn = reduce(this.turns[id] ?? NEW_TURN, event);
    if (event.type === "stream_end") {
      this.thread = withTurn(this.thread, id, outcomeOf(turn));
      this.drop(id);
      return;
    }
    if (event.type === "stream_start") {
      this.thread = withTurn(this.thread, id, { status: "streaming" });
      Reflect.deleteProperty(this.places, id);
    }
    this.setTurn(id, turn);
  }

  private setTurn(id: string, turn: Turn): void {
    this.turns[id] = turn;
    this.isLiveChanged = true;
  }

  private drop(id: string): void {
    Reflect.deleteProperty(this.turns, id);
    Reflect.deleteProperty(this.places, id);
    this.isLiveChanged = true;
  }
}
