/** A person's first letter in a circle; pictures would be a way to load what strangers choose. */
export function Avatar({ name, size = 28 }: { name: string; size?: number }) {
  const letter = Array.from(name.trim())[0]?.toUpperCase() ?? "·";
  return (
    <span
      aria-hidden
      style={{ width: size, height: size, fontSize: size * 0.45 }}
      className="inline-flex shrink-0 items-center justify-center rounded-full bg-tint font-strong text-accent"
    >
      {letter}
    </span>
  );
}
