/** What a `User-Agent` is taken for. */
import { expect, test } from "vitest";
import { deviceOf } from "./device";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";

test.each([
  [CHROME, { program: "Chrome", system: "Linux" }],
  [SAFARI, { program: "Safari", system: "iOS" }],
  ["Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0", { program: "Firefox", system: "Windows" }],
  [`${CHROME} Edg/156.0`, { program: "Edge", system: "Linux" }],
  ["curl/8.5.0", { program: "curl", system: undefined }],
  ["", { program: "", system: undefined }],
])("%s", (userAgent, device) => {
  expect(deviceOf(userAgent)).toEqual(device);
});
