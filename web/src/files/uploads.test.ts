/** Uploads: a few at a time, with limits that are known before, and each can be stopped, tried again and resumed. */
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serveAnswers, type Answer } from "@/test-page";
import { attachedTo, useAttachments, useSent } from "./attachments";
import { fileOf, fileOut, ID, USAGE } from "./test-files";
import { FakeRequest } from "./test-uploads";
import { attach, isUploading, removeAttachment, resumeWith, retryUpload } from "./uploads";

const DRAFT = "draft";
const queryClient = new QueryClient();
const items = () => attachedTo(DRAFT)(useAttachments.getState());
const phases = () => items().map((item) => item.phase.at);
const request = (index = 0) => FakeRequest.open[index] ?? expect.fail("no request is under way");
const key = (index = 0) => items()[index]?.key ?? expect.fail("nothing is attached");

let sent: ReturnType<typeof serveAnswers>;

/** Leaves nothing under way for the next test. */
afterEach(async () => {
  vi.useRealTimers();
  for (const item of useAttachments.getState().items) removeAttachment(queryClient, item.key);
  await vi.waitFor(() => expect(isUploading()).toBe(false));
});

beforeEach(() => {
  queryClient.clear();
  URL.createObjectURL = () => "blob:picture";
  URL.revokeObjectURL = () => undefined;
  FakeRequest.install();
  const gone: Answer = [204, null];
  sent = serveAnswers({
    "GET /files/usage": [200, USAGE],
    [`GET /files/${ID}`]: [200, fileOut()],
    [`DELETE /files/${ID}`]: gone,
  });
});

describe("attached files", () => {
  it("go up three at a time, in their order", async () => {
    await attach(
      queryClient,
      DRAFT,
      [1, 2, 3, 4].map((size) => fileOf(size, `${size}.txt`)),
    );
    await vi.waitFor(() => expect(FakeRequest.open).toHaveLength(3));
    expect(phases()).toEqual(["uploading", "uploading", "uploading", "waiting"]);

    request().answer(201, fileOut());

    await vi.waitFor(() => expect(phases()).toEqual(["stored", "uploading", "uploading", "uploading"]));
  });

  it("tell how far they are", async () => {
    await attach(queryClient, DRAFT, [fileOf(100)]);
    request().progress(40);
    expect(useSent.getState()[key()]).toBe(40);
  });

  it("are refused at once when they are too large, do not fit or are empty", async () => {
    serveAnswers({ "GET /files/usage": [200, { ...USAGE, quota: 500, upload_limit: 400 }] });
    await attach(queryClient, DRAFT, [fileOf(401), fileOf(300), fileOf(300), fileOf(0)]);
    expect(items().map(({ phase }) => (phase.at === "refused" ? phase.why : phase.at))).toEqual([
      "tooLarge",
      "uploading",
      "overQuota",
      "empty",
    ]);
  });

  it("are no more than a message takes", async () => {
    const files = Array.from({ length: 23 }, (_, index) => fileOf(1, `${index}.txt`));
    const { left } = await attach(queryClient, DRAFT, files);
    expect([items().length, left]).toEqual([20, 3]);
  });

  it("stop going up when they are taken away", async () => {
    await attach(queryClient, DRAFT, [fileOf(100)]);
    removeAttachment(queryClient, key());
    expect([items(), FakeRequest.open]).toEqual([[], []]);
  });

  it("are deleted at the server when they are taken away and no message has them", async () => {
    await attach(queryClient, DRAFT, [fileOf(100)]);
    request().answer(201, fileOut());
    await vi.waitFor(() => expect(phases()).toEqual(["stored"]));
    removeAttachment(queryClient, key());
    await vi.waitFor(() => expect(sent.map((each) => each.request)).toContain(`DELETE /files/${ID}`));
  });

  it("can be tried again after the server refused", async () => {
    await attach(queryClient, DRAFT, [fileOf(100)]);
    request().answer(413, { code: "file_quota_reached", detail: "Full." });
    await vi.waitFor(() => expect(phases()).toEqual(["failed"]));

    retryUpload(queryClient, key());
    request().answer(201, fileOut());

    await vi.waitFor(() => expect(phases()).toEqual(["stored"]));
  });

  it("are sent again by themselves when the connection breaks before all of it went off", async () => {
    vi.useFakeTimers();
    const attaching = attach(queryClient, DRAFT, [fileOf(100)]);
    await vi.advanceTimersByTimeAsync(10);
    await attaching;
    request().progress(40);
    request().breakOff();
    await vi.advanceTimersByTimeAsync(2_000);
    request().answer(201, fileOut());
    await vi.advanceTimersByTimeAsync(10);
    expect(phases()).toEqual(["stored"]);
  });
});

describe("a large file", () => {
  const LARGE = fileOf(6_000_000, "large.bin", "application/octet-stream");
  const PLACE = { location: `/api/v1/files/uploads/${ID}` };

  async function begin() {
    await attach(queryClient, DRAFT, [LARGE]);
    request().answer(201, null, PLACE);
    await vi.waitFor(() => expect(request().method).toBe("PATCH"));
  }

  it("goes up in steps under the name that it will have", async () => {
    await attach(queryClient, DRAFT, [LARGE]);
    expect(request()).toMatchObject({ method: "POST", path: "/api/v1/files/uploads" });
    expect(request().headers).toMatchObject({ "tus-resumable": "1.0.0", "upload-length": "6000000" });
    expect(request().headers["upload-metadata"]).toContain(`filename ${btoa("large.bin")}`);
    request().answer(201, null, PLACE);
    await vi.waitFor(() => expect(request().method).toBe("PATCH"));

    request().answer(204, null, { "upload-offset": "6000000" });

    await vi.waitFor(() => expect(phases()).toEqual(["stored"]));
  });

  it("goes on where it was after the connection broke", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    await begin();
    request().breakOff();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(request().method).toBe("HEAD");
    request().answer(200, null, { "upload-offset": "5000000" });
    await vi.waitFor(() => expect(request().method).toBe("PATCH"));
    expect(request().headers["upload-offset"]).toBe("5000000");
    expect((request().body as Blob).size).toBe(1_000_000);
  });

  it("goes on after a reload once the same file is chosen again", async () => {
    await begin();
    const [item] = items();
    removeAttachment(queryClient, key());
    FakeRequest.install();
    useAttachments.setState({ items: [{ ...(item ?? expect.fail()), phase: { at: "interrupted" } }] });

    expect(resumeWith(queryClient, key(), fileOf(7, "other.bin"))).toBe(false);
    expect(resumeWith(queryClient, key(), LARGE)).toBe(true);

    expect(request()).toMatchObject({ method: "HEAD", path: PLACE.location });
  });

  it("is forgotten by the server when it is given up", async () => {
    await begin();
    removeAttachment(queryClient, key());
    expect(request()).toMatchObject({ method: "DELETE", path: PLACE.location });
  });
});

it("keeps what was under way when the page closed as interrupted", async () => {
  await attach(queryClient, DRAFT, [fileOf(100)]);
  const kept = JSON.parse(localStorage.getItem("chatbox.attachments") ?? "{}") as {
    state: { items: { phase: { at: string } }[] };
  };
  expect(kept.state.items.map((item) => item.phase.at)).toEqual(["interrupted"]);
});
