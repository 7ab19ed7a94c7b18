"""Which programming language a file is written in, by its name; the values are what highlight.js calls it."""

from pathlib import PurePosixPath
from typing import Final

# An extension or a whole name, in lower case, and the language.
_EXTENSIONS = {
    "ada": "adb ads",
    "apache": "htaccess",
    "astro": "astro",
    "awk": "awk",
    "bash": "sh bash zsh ksh",
    "bibtex": "bib",
    "c": "c h",
    "clojure": "clj cljs cljc edn",
    "cmake": "cmake",
    "cobol": "cob cbl",
    "coffeescript": "coffee",
    "cpp": "cc cpp cxx hh hpp hxx ino",
    "crystal": "cr",
    "csharp": "cs csx",
    "css": "css",
    "d": "d",
    "dart": "dart",
    "diff": "diff patch",
    "dockerfile": "dockerfile",
    "dos": "bat cmd",
    "dotenv": "env",
    "elixir": "ex exs",
    "elm": "elm",
    "erlang": "erl hrl",
    "fish": "fish",
    "fortran": "f for f90 f95 f03 f08",
    "fsharp": "fs fsi fsx",
    "gdscript": "gd",
    "glsl": "glsl vert frag",
    "go": "go",
    "graphql": "graphql gql",
    "groovy": "groovy gradle",
    "haskell": "hs lhs",
    "hcl": "hcl tf tfvars",
    "ini": "ini cfg conf properties editorconfig",
    "java": "java",
    "javascript": "js mjs cjs jsx",
    "json": "json jsonc json5 jsonl ndjson geojson webmanifest",
    "julia": "jl",
    "kotlin": "kt kts",
    "latex": "tex sty cls",
    "less": "less",
    "liquid": "liquid",
    "lisp": "lisp lsp",
    "lua": "lua",
    "makefile": "mk mak",
    "matlab": "m",
    "nginx": "nginx",
    "nim": "nim",
    "nix": "nix",
    "objectivec": "mm",
    "ocaml": "ml mli",
    "pascal": "pas pp",
    "perl": "pl pm",
    "php": "php phtml",
    "plsql": "pls plsql",
    "powershell": "ps1 psm1 psd1",
    "prisma": "prisma",
    "prolog": "pro",
    "protobuf": "proto",
    "python": "py pyi pyw pyx",
    "r": "r rmd",
    "racket": "rkt",
    "raku": "raku",
    "rst": "rst",
    "ruby": "rb rake gemspec",
    "rust": "rs",
    "sass": "sass",
    "scala": "scala sc sbt",
    "scheme": "scm ss",
    "scss": "scss",
    "solidity": "sol",
    "sql": "sql ddl",
    "stata": "do ado",
    "svelte": "svelte",
    "swift": "swift",
    "tcl": "tcl",
    "toml": "toml",
    "typescript": "ts mts cts tsx",
    "vb": "vb vbs bas",
    "verilog": "v vh sv svh",
    "vhdl": "vhd vhdl",
    "vim": "vim",
    "vue": "vue",
    "wasm": "wat",
    "wgsl": "wgsl",
    "x86asm": "asm s",
    "xml": "xml xsd xsl xslt plist svg kml gpx rss atom",
    "yaml": "yaml yml",
    "zig": "zig",
}
_NAMES = {
    ".bashrc": "bash",
    ".gitconfig": "ini",
    ".zshrc": "bash",
    "cmakelists.txt": "cmake",
    "containerfile": "dockerfile",
    "dockerfile": "dockerfile",
    "gemfile": "ruby",
    "gnumakefile": "makefile",
    "go.mod": "go",
    "jenkinsfile": "groovy",
    "makefile": "makefile",
    "rakefile": "ruby",
    "vagrantfile": "ruby",
}
_INTERPRETERS = {
    "bash": "bash",
    "dash": "bash",
    "fish": "fish",
    "lua": "lua",
    "node": "javascript",
    "perl": "perl",
    "php": "php",
    "python": "python",
    "rscript": "r",
    "ruby": "ruby",
    "sh": "bash",
    "zsh": "bash",
}
LANGUAGES: Final = {ending: language for language, endings in _EXTENSIONS.items() for ending in endings.split()}


def extension_of(filename: str) -> str:
    """The last extension in lower case, without its dot; of `.env` it is `env`."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return name.rsplit(".", 1)[1] if "." in name else ""


def language_of(filename: str, first_line: str = "") -> str:
    """The language of a source file by its name, else by the interpreter its first line asks for; empty if unknown."""
    name = PurePosixPath(filename.replace("\\", "/")).name.lower()
    known = _NAMES.get(name) or LANGUAGES.get(extension_of(name))
    if known or not first_line.startswith("#!"):
        return known or ""
    words = first_line[2:].split()
    program = next((word for word in reversed(words) if not word.startswith("-")), "").rsplit("/", 1)[-1]
    return _INTERPRETERS.get(program.lower().rstrip("0123456789."), "")
