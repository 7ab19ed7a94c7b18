/** Guesses from a `User-Agent` which browser and which system a sign-in belongs to; good enough to recognise one's own. */

const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\b(?:iPhone|iPad|iPod)\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

export interface Device {
  /** The browser, or else the program's own first word; empty when nothing was told. */
  readonly program: string;
  readonly system: string | undefined;
}

export function deviceOf(userAgent: string): Device {
  const known = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  return {
    program: known ?? userAgent.trim().split(/[\s/]/)[0] ?? "",
    system: SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1],
  };
}
