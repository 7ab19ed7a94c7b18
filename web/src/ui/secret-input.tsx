/** A field for a password or a key, with a button that shows what was typed. */
import { Eye, EyeOff } from "lucide-react";
import { useState, type ComponentProps } from "react";
import { IconButton } from "./button";
import { Input } from "./field";

interface SecretInputProps extends Omit<ComponentProps<"input">, "type"> {
  showLabel: string;
  hideLabel: string;
}

export function SecretInput({ showLabel, hideLabel, ...rest }: SecretInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input
        spellCheck={false}
        autoCapitalize="none"
        autoCorrect="off"
        {...rest}
        type={shown ? "text" : "password"}
        className="pr-12"
      />
      <IconButton
        size="small"
        label={shown ? hideLabel : showLabel}
        icon={shown ? <EyeOff size={16} /> : <Eye size={16} />}
        onClick={() => setShown(!shown)}
        className="absolute top-1/2 right-1 -translate-y-1/2 coarse:right-0"
      />
    </div>
  );
}
