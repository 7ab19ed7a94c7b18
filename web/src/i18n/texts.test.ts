/** Both languages say the same things. */
import { describe, expect, it } from "vitest";
import enStart from "./en";
import enChats from "./en/chats";
import enPages from "./en/pages";
import zhStart from "./zh-CN";
import zhChats from "./zh-CN/chats";
import zhPages from "./zh-CN/pages";

const en = { ...enStart, ...enChats, ...enPages };
const zh = { ...zhStart, ...zhChats, ...zhPages };

function flat(texts: object, path = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null ? flat(value, `${path}${key}.`) : [[path + key, String(value)]],
  );
}

const places = (text: string) => (text.match(/\{\{\s*[\w,]+\s*\}\}/g) ?? []).sort();

describe("texts", () => {
  it("have the same keys in English and Chinese", () => {
    expect(
      flat(zh)
        .map(([key]) => key)
        .sort(),
    ).toEqual(
      flat(en)
        .map(([key]) => key)
        .sort(),
    );
  });

  it("have the same places for values", () => {
    const chinese = new Map(flat(zh));
    for (const [key, text] of flat(en)) {
      // Chinese has one plural form and may leave the number out of the singular that it never shows.
      if (!/_(one|other)$/.test(key)) expect([key, places(chinese.get(key) ?? "")]).toEqual([key, places(text)]);
    }
  });

  it("are never empty", () => {
    for (const [key, text] of [...flat(en), ...flat(zh)]) expect([key, text.trim()]).not.toEqual([key, ""]);
  });
});
