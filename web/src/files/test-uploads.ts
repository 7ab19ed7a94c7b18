/** For tests: a network that uploads go through, one request at a time under the test's control. */
import { vi } from "vitest";

/** One request as the page makes it; the test answers it. */
export class FakeRequest {
  static all: FakeRequest[] = [];

  /** Puts it in the place of the browser's own. */
  static install(): void {
    FakeRequest.all = [];
    vi.stubGlobal("XMLHttpRequest", FakeRequest);
  }

  /** The requests that wait for an answer. */
  static get open(): FakeRequest[] {
    return FakeRequest.all.filter((request) => !request.isOver);
  }

  method = "";
  path = "";
  body: FormData | Blob | null = null;
  headers: Record<string, string> = {};
  status = 0;
  responseText = "";
  isOver = false;
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  private answerHeaders = "";

  open(method: string, path: string) {
    this.method = method;
    this.path = path;
    FakeRequest.all.push(this);
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  send(body: FormData | Blob | null) {
    this.body = body;
  }
  abort() {
    if (this.isOver) return;
    this.isOver = true;
    this.onabort?.();
  }
  getAllResponseHeaders() {
    return this.answerHeaders;
  }

  progress(loaded: number) {
    this.upload.onprogress?.({ loaded });
  }
  answer(status: number, document: unknown = null, headers: Record<string, string> = {}) {
    this.isOver = true;
    this.status = status;
    this.responseText = document === null ? "" : JSON.stringify(document);
    this.answerHeaders = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    this.onload?.();
  }
  breakOff() {
    this.isOver = true;
    this.onerror?.();
  }
}
